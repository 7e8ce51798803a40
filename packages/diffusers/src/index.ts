export { PIPELINE_FILES, type Pipeline } from './pipeline.ts';
export { pipelineFiles } from './pipeline-files.ts';
export { readPipeline } from './read-pipeline.ts';
