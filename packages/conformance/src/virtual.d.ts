/** Made by scripts/cpu-reference-plugin.ts. */
declare module 'virtual:cpu-reference' {
  const reference: import('./cpu-reference.ts').CpuReference;
  export default reference;
}
