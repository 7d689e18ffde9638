/* SPDX-License-Identifier: Apache-2.0 */
/* notify.h: tells systemd how a service of Type=notify stands (sd_notify(3), the protocol).
 *
 * Without NOTIFY_SOCKET in the environment nothing happens; nothing here can fail a program. */
#ifndef WARDSYNC_HOST_NOTIFY_H
#define WARDSYNC_HOST_NOTIFY_H

/* It serves; or the configuration was read again. */
void wsync_notify_ready(void);

/* It is reading its configuration; followed by wsync_notify_ready. */
void wsync_notify_reloading(void);

/* It was asked to stop and is finishing. */
void wsync_notify_stopping(void);

/* It is not stuck; call it from every loop that may last.  Told to systemd a few times within
 * WATCHDOG_USEC of the environment, when that is there. */
void wsync_notify_alive(void);

/* One line for `systemctl status`; cut at 200 bytes. */
void wsync_notify_status(const char *text);

#endif
