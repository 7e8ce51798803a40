/** Data sets in folders, for Node. */
export { folderSource } from './node/folder-source.ts';
export { writeDataset } from './node/write-dataset.ts';
