export { PIPELINE_FILES, type Pipeline } from './pipeline.ts';
export { type PipelineFile, pipelineFiles } from './pipeline-files.ts';
export { type PipelineFolder, readPipeline } from './read-pipeline.ts';
