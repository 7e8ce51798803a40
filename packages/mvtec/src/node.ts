/** Data sets in folders, for Node. */
export { folderSource } from './node/folder-source.ts';
