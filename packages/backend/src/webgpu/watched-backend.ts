import { BackendError } from '@rddpm/core';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

/** TensorFlow.js' backend, which by itself doesn't notice when its device is lost. */
export class WatchedBackend extends WebGPUBackend {
  /** Why the device is lost. Nothing on it can be read any more. */
  lost: BackendError | undefined;
  /** Whether an operation failed. What can be read still is right, but TensorFlow.js may reuse a buffer that was never allocated. */
  broken = false;

  constructor(device: GPUDevice, info: GPUAdapterInfo) {
    super(device, info);
    device.lost.then(({ reason, message }) => {
      const why = [reason === 'destroyed' ? 'it was destroyed' : 'by the driver or the browser', message].filter(Boolean).join(': ');
      this.lost = new BackendError(
        `backend/webgpu: the GPU's device was lost, ${why}; go on from the last checkpoint, with a smaller batch or size if memory ran out`,
      );
    });
  }

  override async read(dataId: object) {
    try {
      return await super.read(dataId);
    } catch (error) {
      throw (await this.whyLost()) ?? error;
    }
  }

  /** A failed operation may be seen before the loss that is its reason: `lost` settles soon after. */
  private async whyLost(): Promise<BackendError | undefined> {
    const soon = new Promise((resolve) => setTimeout(resolve, 100));
    await Promise.race([this.device.lost, soon]);
    return this.lost;
  }
}
