/* The state folder of a simulated host, and its settings.
 *
 *   host            settings, one "key: value" a line (see sim_settings.c for the keys)
 *   boot_id         the uuid of this boot of the host
 *   booted          when it booted, ms since 1970
 *   next_domid      the id that the next domain gets
 *   domains/ID      one file per domain (sim_domain.h)
 *   halted          domains that xend keeps and that do not run (sim_xm.c)
 *   journal         the same again in one file, because a thousand files take long to open; it
 * counts only while it is not older than domains/, and may be removed at any time configs/ID its
 * devices and its config text; ID.new: what `config-update` stored deaths          one line per
 * domain that shut down or was destroyed: id and reason (-1: destroyed) faults, log     see
 * sim_fault.h lock            locked while a command reads or changes the above; never while it
 * waits hosts/NAME      other hosts, to migrate to
 */
#pragma once

#include "xenbackend/sim/sim_domain.h"

typedef struct {
    char *name; /* NULL: this machine's */
    gint64 memory_mib, dom0_memory_mib, cpus, dom0_cpus;
    char *xen_version;
    SimMode mode;
    gint64 boot_ms, shutdown_ms, slow_shutdown_ms, after_ms;
    gint64 ack_timeout_ms, restart_pause_ms, monitor_delay_ms, build_ms, migrate_ms;
    gboolean has_varied_states;
    gboolean has_monitor_process;
    gboolean checks_files;
    char *bridges; /* NULL: any */
    char *scheduler;
    char *pools;
    gint64 detach_timeout_ms;
    gboolean is_logging;
    gboolean is_xend_down;
    char *left_out; /* of xm's long list; NULL: nobody */
} SimSettings;

typedef struct {
    char *folder;
    int folder_fd, domains_fd, configs_fd, lock_fd;
    SimSettings settings;
    gint64 booted_ms;
} SimHost;

/* Opens a state folder and makes what is missing (mode 0700). NULL and G_FILE_ERROR on failure,
 * also when the settings are unreadable. */
SimHost *sim_host_open(const char *folder, GError **error);
void sim_host_close(SimHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimHost, sim_host_close)

gint64 sim_now_ms(void);

/* Settings <-> text. The keys and what they mean: sim_settings_help(). */
void sim_settings_init(SimSettings *settings);
void sim_settings_clear(SimSettings *settings);
/* FALSE: no such key, or no value for it. */
gboolean sim_settings_set(SimSettings *settings, const char *key, const char *value);
gboolean sim_settings_parse(const char *text, SimSettings *settings, GError **error);
const char *sim_settings_help(void);

void sim_host_lock(SimHost *host);
void sim_host_lock_shared(SimHost *host);
void sim_host_unlock(SimHost *host);

/* Files of the state folder; the caller holds the lock. Reading gives NULL when the file is not
 * there. */
char *sim_host_read(int folder_fd, const char *name, gsize *length);
gboolean sim_host_write(int folder_fd, const char *name, const char *text, gsize length);
void sim_host_append(const SimHost *host, const char *name, const char *line);

/* All domains (dom0 is not among them), ascending by id, those waiting for their restart included.
 */
GPtrArray *sim_host_load(const SimHost *host);
/* Forgets the journal; after domains/ was changed by other means than sim_host_save and _remove. */
void sim_host_drop_journal(const SimHost *host);
gboolean sim_host_save(const SimHost *host, const SimDomain *domain);
/* Forgets a domain; REASON goes to the deaths. */
void sim_host_remove(const SimHost *host, const SimDomain *domain, int reason);
gint64 sim_host_take_domid(const SimHost *host);
/* Free memory in KiB, as the domains stand. */
gint64 sim_host_free_kib(const SimHost *host, const GPtrArray *domains);

/* Carries out what happened up to NOW (shutdowns, restarts, ...). The caller holds the exclusive
 * lock. */
void sim_host_settle(SimHost *host, GPtrArray *domains, gint64 now_ms);
/* TRUE: something has happened since. */
gboolean sim_host_is_due(const SimHost *host, const GPtrArray *domains, gint64 now_ms);
/* Locks, loads and settles. The lock is held until sim_host_unlock(). */
GPtrArray *sim_host_begin(SimHost *host);
/* Loads and settles for reading; nothing is locked afterwards. */
GPtrArray *sim_host_look(SimHost *host);

SimDomain *sim_host_find(const GPtrArray *domains, gint64 domid);
SimDomain *sim_host_find_name(const GPtrArray *domains, const char *name);
