export { fileListSource } from '@rddpm/data/browser';
