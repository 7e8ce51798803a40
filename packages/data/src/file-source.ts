/** 8-bit pixels, row-major, channels interleaved. */
export type Raster = { readonly width: number; readonly height: number; readonly channels: 1 | 3; readonly data: Uint8Array };

export type DecodeOptions = {
  /** 1: the picture's gray values (of colour pictures, their luminance); 3: RGB, gray pictures repeated. */
  readonly channels: 1 | 3;
  /** Side length in pixels to resize to, whatever the proportions were. The picture's own size when absent. */
  readonly size?: number;
  /** 'smooth' averages over what a new pixel covers, as images need it; 'nearest' invents no value, as masks need it. */
  readonly kernel: 'smooth' | 'nearest';
};

/** Where a data set's files come from: a folder (`./node`), files chosen in a browser (`./browser`), or anything of your own. */
export interface FileSource {
  /** For people, and to recognise a known category: 'bottle'. */
  readonly name: string;
  /** Every file, relative to the data set's folder, with '/' on every system. */
  list(): Promise<string[]>;
  read(path: string): Promise<Uint8Array>;
  /** Rejects when the bytes aren't a whole picture. */
  decode(bytes: Uint8Array, options: DecodeOptions): Promise<Raster>;
  /** Width and height in pixels, as cheaply as the platform can tell. Rejects when the bytes aren't a picture. */
  measure(bytes: Uint8Array): Promise<{ width: number; height: number }>;
}
