import { forget, goOn } from '../actions.ts';
import * as state from '../state.ts';

/** What went wrong or should be known, until it is dismissed. */
export function Notices() {
  return (
    <div role="alert" class="notices">
      {state.notices.value.map((notice) => (
        <div class={`notice ${notice.tone}`} key={notice.title}>
          <p>
            <strong>{notice.title}.</strong> {notice.text}
          </p>
          <button
            type="button"
            aria-label={`Dismiss: ${notice.title}`}
            onClick={() => {
              state.notices.value = state.notices.value.filter((other) => other !== notice);
            }}
          >
            ×
          </button>
        </div>
      ))}
    </div>
  );
}

/** Offers to go on with what an earlier visit left. */
export function EarlierRun() {
  const earlier = state.stored.value;
  if (!earlier || (state.busy.value && state.phase.value !== 'preparing')) return null;
  const { settings, startedAt, steps, data } = earlier;
  const least = Math.min(...settings.methods.map(({ name }) => steps[name] ?? 0));
  const finished = least === settings.steps;
  const when = new Date(startedAt).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <div class="notice info earlier">
      <p>
        <strong>{finished ? 'A trained run is here.' : 'A run was interrupted.'}</strong>{' '}
        {settings.methods.map(({ name }) => state.titleOf(name)).join(' and ')} on {data.name}, begun {when},{' '}
        {finished ? `all ${least} steps done` : `safe up to step ${least} of ${settings.steps}`}.
      </p>
      <p class="buttons">
        <button type="button" class="main" onClick={goOn}>
          {finished ? 'Show it again' : 'Go on where it was'}
        </button>
        <button type="button" onClick={forget}>
          Discard
        </button>
      </p>
    </div>
  );
}
