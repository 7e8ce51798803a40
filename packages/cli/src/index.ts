export type { Io, Output } from './io.ts';
export { main } from './main.ts';
export { defineStudy, type StudyFile } from './plan-file.ts';
