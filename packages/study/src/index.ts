export type { AnomalyMap } from './maps/anomaly-map.ts';
export { findMapFolder, mapName, pairMaps } from './maps/map-folder.ts';
export { decodeNpy, encodeNpy, type NpyArray } from './maps/npy.ts';
export { MAP_EXTENSIONS, readMap } from './maps/read-map.ts';
