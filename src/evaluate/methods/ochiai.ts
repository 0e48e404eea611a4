/**
 * The service whose presence goes best with trouble: spectrum-based localisation over traces with
 * Ochiai's coefficient (Abreu, Zoeteweij, van Gemund: "On the Accuracy of Spectrum-based Fault
 * Localization", TAIC PART 2007).
 */
import type { Method } from './index.ts';
import { ochiaiOf, servicesOf, spectra } from './spectrum.ts';

export const ochiai: Method = {
  name: 'ochiai',
  score({ sample }) {
    const { services, bad } = spectra(sample, servicesOf);
    return [...services].map(([service, with_]) => ({
      service,
      score: ochiaiOf(with_.bad, bad - with_.bad, with_.good),
    }));
  },
};
