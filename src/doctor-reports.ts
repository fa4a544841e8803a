import type { Clock } from './base/clock.js';
import { reportPlaces } from './bridge-recon.js';
import type { BridgeConfig } from './config/bridge-config.js';
import type { ReportPlace } from './courier/fetch-reports.js';
import { openSftp } from './courier/sftp-session.js';
import { type CheckLine, causeOf, linesOf } from './technician/doctor-report.js';

const { ok, warn, failed } = linesOf('reports');

/** The servers of the clearing reports: reached, host key, login, folder. Nothing there is changed. Never rejects. */
export async function examineReports(config: BridgeConfig, clock: Clock): Promise<readonly CheckLine[]> {
  return Promise.all(reportPlaces(config).map((place) => examinePlace(place, clock)));
}

async function examinePlace(place: ReportPlace, clock: Clock): Promise<CheckLine> {
  const { host, port, user, root, participantId } = place;
  const about = `${host}:${port}`;
  const folder = `${root}/clearing/${participantId}`;
  try {
    const session = await openSftp(place, clock, new AbortController().signal);
    try {
      const listed = await session.list(folder);
      return listed === undefined
        ? warn(
            about,
            `${user} is let in, and ${folder} is not there`,
            'compare root and participantId with what the upstream told you',
          )
        : ok(about, `shows the configured host key, lets ${user} in, and ${folder} may be read`);
    } finally {
      session.close();
    }
  } catch (error) {
    return failed(about, causeOf(error));
  }
}
