// `node backend-child.mjs BACKEND CASE STEPS` prints { device, stepMs }. Needs a build.
import { measureCase } from './measure-steps.mjs';

const [name, kase, steps] = process.argv.slice(2);
const { createBackend } = await import(`@rddpm/backend/${name}`);
const result = await measureCase(await createBackend(), kase, Number(steps));
process.stdout.write(JSON.stringify(result), () => process.exit());
