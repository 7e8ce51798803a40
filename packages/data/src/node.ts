export { type FolderOptions, folderSource } from './node/folder-source.ts';
