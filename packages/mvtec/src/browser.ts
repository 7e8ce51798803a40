import type { FileSource } from '@rddpm/core/contracts';
import { fileListSource as anyFileListSource, type ChosenFiles } from '@rddpm/data/browser';

/**
 * `fileListSource` of `@rddpm/data`, with the data set's folder where MVTec AD's layout has it: around train, test and ground_truth, or else
 * whatever folders all files share.
 */
export function fileListSource(files: ChosenFiles): FileSource {
  return anyFileListSource(files, { root: sharedFolder });
}

/** 'bottle' when every path begins with 'bottle/'; folders of the layout itself don't count. */
function sharedFolder([first, ...others]: readonly string[]): string {
  if (first === undefined) return '';
  const folders = first.split('/').slice(0, -1);
  let shared = folders.length;
  for (const path of others) {
    const parts = path.split('/');
    let same = 0;
    while (same < shared && parts[same] === folders[same]) same++;
    shared = same;
  }
  const layout = folders
    .slice(0, shared + 1)
    .findLastIndex((folder) => folder === 'train' || folder === 'test' || folder === 'ground_truth'); // the last: sets may lie in a folder called test
  return folders.slice(0, layout === -1 ? shared : layout).join('/');
}
