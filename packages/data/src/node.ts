export { folderSource } from './node/folder-source.ts';
