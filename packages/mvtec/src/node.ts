export { folderSource } from '@rddpm/data/node';
export { writeDataset } from './node/write-dataset.ts';
