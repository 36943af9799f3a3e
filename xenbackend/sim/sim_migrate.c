/* `xl migrate` between two state folders. The steps, what each failure leaves behind and what is
 * printed: Xen tools/xl/xl_migrate.c. Never are both hosts locked at once. */
#include "xenbackend/sim/sim_command.h"
#include "xenbackend/sim/sim_receive.h"
#include "xenbackend/sim/sim_store.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where faults strike: each is what is under way, and does not arrive. xensure-protocol(7) has the
 * same names. */
#define BANNER  "banner"
#define CONFIG  "config"
#define MEMORY  "memory"
#define CONTEXT "context"
#define END     "end"
#define READY   "ready"
#define GO      "go"
#define REPORT  "report"
#define BACK    "back"

#define TRANSFER_COMPLETE                                                                          \
    "migration target: Transfer complete, requesting permission to start domain.\n"

typedef enum { WAY_OPEN, WAY_LOST, WAY_OVER } Way;

typedef struct {
    SimCall *call;
    SimHost *source, *target;
    gint64 source_id, target_id;
    SimDomain *domain; /* as it was on the source when it all began */
    char *config;      /* its stored file */
    gboolean stays_paused, has_no_monitor;
} Migration;

/* The state folder of another host: below this one, beside it, or the one that both are in. NULL:
 * no such host. */
static char *find_host_folder(const SimHost *host, const char *name)
{
    if (*name == '\0' || *name == '.' || strchr(name, '/') != NULL)
        return NULL;
    g_autofree char *below = g_build_filename(host->folder, "hosts", name, NULL);
    g_autofree char *above = g_path_get_dirname(host->folder);
    g_autofree char *beside = g_build_filename(above, name, NULL);
    g_autofree char *above_name = g_path_get_basename(above);
    gboolean is_one_of_many = strcmp(above_name, "hosts") == 0;
    if (g_file_test(below, G_FILE_TEST_IS_DIR))
        return g_steal_pointer(&below);
    if (is_one_of_many && g_file_test(beside, G_FILE_TEST_IS_DIR))
        return g_steal_pointer(&beside);
    g_autofree char *hub = g_path_get_dirname(above);
    g_autoptr(SimHost) hub_host = is_one_of_many ? sim_host_open(hub, NULL) : NULL;
    gboolean is_hub = hub_host != NULL && g_strcmp0(hub_host->settings.name, name) == 0;
    return is_hub ? g_steal_pointer(&hub) : NULL;
}

/* Runs CHANGE on one domain of HOST under its lock. FALSE: it is not there. */
static gboolean change_domain(SimHost *host, gint64 domid, const char *name,
                              void (*change)(SimDomain *domain, gint64 now_ms))
{
    g_autoptr(GPtrArray) domains = sim_host_begin(host);
    SimDomain *domain = sim_host_find(domains, domid);
    if (domain != NULL) {
        if (name != NULL) {
            g_free(domain->name);
            domain->name = g_strdup(name);
        }
        if (change != NULL)
            change(domain, sim_now_ms());
        sim_host_save(host, domain);
    }
    sim_host_unlock(host);
    return domain != NULL;
}

static void remove_domain(SimHost *host, gint64 domid)
{
    g_autoptr(GPtrArray) domains = sim_host_begin(host);
    SimDomain *domain = sim_host_find(domains, domid);
    if (domain != NULL)
        sim_host_remove(host, domain, -1);
    sim_host_unlock(host);
}

static void suspend(SimDomain *domain, gint64 now_ms)
{
    sim_domain_shut(domain, SIM_REASON_SUSPEND, now_ms);
}

static void say_no_answer(const Migration *migration)
{
    sim_error("libxl: error: libxl_dom_suspend.c:269:domain_suspend_common_pvcontrol_suspending: "
              "Domain %d:guest didn't acknowledge suspend, cancelling request\n",
              (int)migration->source_id);
}

/* TRUE: the guest suspends itself when asked to; or it is suspended, and cannot answer. */
static gboolean can_suspend(const Migration *migration)
{
    gint64 end_ms = sim_now_ms() + migration->source->settings.ack_timeout_ms;
    gboolean is_suspended = FALSE;
    do {
        g_autoptr(GPtrArray) domains = sim_host_look(migration->source);
        const SimDomain *domain = sim_host_find(domains, migration->source_id);
        if (domain == NULL)
            return FALSE;
        if (sim_domain_acknowledges(domain, sim_now_ms()))
            return TRUE;
        is_suspended = domain->reason == SIM_REASON_SUSPEND;
        sim_sleep_ms(20);
    } while (sim_now_ms() < end_ms);
    say_no_answer(migration);
    return is_suspended;
}

/* What comes of a place: WAY_OPEN; WAY_LOST: the line to the other host is lost; WAY_OVER: the call
 * is over, with its exit_code. */
static Way pass(const Migration *migration, const char *place)
{
    SimCall *call = migration->call;
    if (sim_step(call, place))
        return WAY_OVER;
    const SimFault *fault = call->fault;
    gboolean is_lost =
        fault != NULL && fault->kind == SIM_FAULT_CLOSE && strcmp(fault->at, place) == 0;
    return is_lost ? WAY_LOST : WAY_OPEN;
}

static gboolean has_receiver(const Migration *migration)
{
    return !sim_receive_is_dead(migration->target, migration->target_id);
}

/* The receiver gives its copy up, if it is alive to do so. */
static gboolean give_up(const Migration *migration)
{
    if (!has_receiver(migration))
        return FALSE;
    remove_domain(migration->target, migration->target_id);
    return TRUE;
}

static int fail_to_suspend(const Migration *migration)
{
    give_up(migration);
    sim_error("libxl: error: libxl_stream_write.c:347:libxl__xc_domain_save_done: Domain %d:saving "
              "domain: domain did not respond to suspend request: Success\n"
              "migration sender: libxl_domain_suspend failed (rc=-8)\n",
              (int)migration->source_id);
    sim_error("migration target: Domain creation failed (code -3).\n"
              "Migration failed, failed to suspend at sender.\n");
    return 1;
}

static int fail_at_target(const Migration *migration, const char *why)
{
    gint64 domid = migration->target_id;
    sim_error("%slibxl: error: libxl_create.c:1640:domcreate_rebuild_done: Domain %d:cannot "
              "(re-)build domain: -3\n",
              why, (int)domid);
    sim_print_destroy_trail(domid);
    sim_error("migration target: Domain creation failed (code -3).\n"
              "migration sender: libxl_domain_suspend failed (rc=-3)\n"
              "libxl: info: libxl_exec.c:117:libxl_report_child_exitstatus: migration transport "
              "process [%d] exited with error status 1\n"
              "Migration failed, resuming at sender.\n",
              (int)getpid());
    return 1;
}

static int resume_sender(const Migration *migration)
{
    change_domain(migration->source, migration->source_id, NULL, sim_domain_resume);
    sim_error("Migration failed, resuming at sender.\n");
    return 1;
}

/* The stream broke: the guest goes on at the source. */
static int lose_stream(const Migration *migration)
{
    sim_error("migration sender: libxl_domain_suspend failed (rc=-3)\n");
    if (give_up(migration))
        sim_error("migration target: Domain creation failed (code -3).\n");
    return resume_sender(migration);
}

/* The receiver's answer did not come: the same; but its copy may stay. */
static int lose_answer(const Migration *migration)
{
    sim_receive_await(migration->target, migration->target_id, SIM_RECEIVER_NONE);
    sim_error("libxl: error: libxl_utils.c:505:libxl_read_exactly: file/stream truncated reading "
              "ready message from migration receiver stream\n");
    return resume_sender(migration);
}

/* After the point of no return. */
static int fail_badly(const Migration *migration)
{
    sim_receive_await(migration->target, migration->target_id, SIM_RECEIVER_NONE);
    sim_error("libxl: error: libxl_utils.c:505:libxl_read_exactly: file/stream truncated reading "
              "success/failure report message from migration receiver stream\n"
              "** Migration failed during final handshake **\n"
              "Domain state is now undefined !\n"
              "Please CHECK AT BOTH ENDS for running instances, before renaming and\n"
              " resuming at most one instance.  Two simultaneous instances of the domain\n"
              " would probably result in SEVERE DATA LOSS and it is now your\n"
              " responsibility to avoid that.  Sorry.\n");
    return 1;
}

/* The domain appears at the target as NAME--incoming, paused. FALSE: said on stderr. */
static gboolean receive(Migration *migration)
{
    switch (sim_receive_begin(migration->target, migration->domain, migration->config,
                              migration->has_no_monitor, &migration->target_id)) {
    case SIM_RECEIVE_DONE:
        return TRUE;
    case SIM_RECEIVE_NAME_TAKEN: {
        g_autofree char *why =
            g_strdup_printf("libxl: error: libxl_domain.c:81:libxl__domain_rename: Domain %d:"
                            "Domain with name \"%s--incoming\" already exists.\n",
                            (int)migration->target_id, migration->domain->name);
        fail_at_target(migration, why);
        return FALSE;
    }
    case SIM_RECEIVE_NO_MEMORY:
        break;
    }
    fail_at_target(migration, "xc: error: Failed to populate physmap (16 = Device or resource "
                              "busy): Internal error\nxc: error: Restore failed (16 = Device or "
                              "resource busy): Internal error\n");
    return FALSE;
}

static int fall_back(Migration *migration)
{
    sim_error("libxl: error: libxl_domain.c:81:libxl__domain_rename: Domain %d:Domain with name "
              "\"%s\" already exists.\n"
              "migration target: Failure, destroying our copy.\n"
              "migration sender: Target reports startup failure (status code 6).\n",
              (int)migration->target_id, migration->domain->name);
    remove_domain(migration->target, migration->target_id);
    sim_error("migration target: Cleanup OK, granting sender permission to resume.\n");
    switch (pass(migration, BACK)) {
    case WAY_OVER:
        return migration->call->exit_code;
    case WAY_LOST:
        return fail_badly(migration);
    case WAY_OPEN:
        break;
    }
    sim_error("migration sender: Trying to resume at our end.\n");
    change_domain(migration->source, migration->source_id, migration->domain->name,
                  sim_domain_resume);
    sim_error("migration sender: Resumed OK.\nMigration failed due to problems at target.\n");
    return 1;
}

static void say_transfer(const Migration *migration)
{
    const char *type = migration->domain->type == SIM_TYPE_PV ? "PV" : "HVM";
    gsize info = strlen(migration->config) + 4;
    sim_error("Loading new save file <incoming migration stream> (new xl fmt info "
              "0x3/0x0/%" G_GSIZE_FORMAT ")\n"
              " Savefile contains xl domain config in JSON format\n"
              "Parsing config from <saved>\n"
              "xc: info: Saving domain %d, type x86 %s\n"
              "xc: info: Found x86 %s domain from Xen 4.17\n"
              "xc: info: Restoring domain\n",
              info, (int)migration->source_id, type, type);
}

static void leave_monitor(const Migration *migration)
{
    gint64 pid = migration->has_no_monitor
                     ? 0
                     : sim_start_monitor(migration->target, migration->domain->uuid);
    if (pid == 0)
        return;
    g_autoptr(GPtrArray) domains = sim_host_begin(migration->target);
    SimDomain *domain = sim_host_find(domains, migration->target_id);
    if (domain != NULL) {
        domain->monitor = pid;
        sim_host_save(migration->target, domain);
    }
    sim_host_unlock(migration->target);
}

/* The receiver has the leave to start, and answers. */
static int start(Migration *migration)
{
    sim_error("migration target: Got permission, starting domain.\n");
    if (!sim_receive_start(migration->target, migration->target_id, migration->stays_paused))
        return fall_back(migration);
    leave_monitor(migration);
    /* The spelling is xl's. */
    sim_error("migration target: Domain started successsfully.\n");
    switch (pass(migration, REPORT)) {
    case WAY_OVER:
        return migration->call->exit_code;
    case WAY_LOST:
        return fail_badly(migration);
    case WAY_OPEN:
        break;
    }
    sim_error("migration sender: Target reports successful startup.\n");
    remove_domain(migration->source, migration->source_id);
    sim_error("Migration successful.\n");
    return 0;
}

/* After the memory is over there: the handshake. */
static int hand_over(Migration *migration)
{
    SimCall *call = migration->call;
    SimHost *target = migration->target;
    sim_error("xc: info: Restore successful\n"
              "xc: info: XenStore: mfn 0xfeffc, dom 0, evt 1\n"
              "xc: info: Console: mfn 0xfefff, dom 0, evt 2\n" TRANSFER_COMPLETE);
    Way way = pass(migration, READY);
    if (way != WAY_OPEN)
        return way == WAY_OVER ? call->exit_code : lose_answer(migration);
    sim_error("migration sender: Target has acknowledged transfer.\n");
    g_autofree char *away = g_strconcat(migration->domain->name, "--migratedaway", NULL);
    change_domain(migration->source, migration->source_id, away, NULL);
    sim_error("migration sender: Giving target permission to start.\n");
    sim_receive_await(target, migration->target_id,
                      migration->stays_paused ? SIM_RECEIVER_START_PAUSED : SIM_RECEIVER_START);
    way = pass(migration, GO);
    if (way == WAY_OVER)
        return call->exit_code;
    if (way == WAY_LOST || !has_receiver(migration))
        return fail_badly(migration);
    return start(migration);
}

/* The last of the stream: the guest is suspended here. */
static int transfer_rest(Migration *migration)
{
    SimCall *call = migration->call;
    SimHost *target = migration->target;
    if (!can_suspend(migration) ||
        !change_domain(migration->source, migration->source_id, NULL, suspend))
        return fail_to_suspend(migration);
    Way way = pass(migration, CONTEXT);
    if (way != WAY_OPEN)
        return way == WAY_OVER ? call->exit_code : lose_stream(migration);
    sim_receive_complete(target, migration->target_id, migration->domain);
    way = pass(migration, END);
    if (way == WAY_OVER)
        return call->exit_code;
    sim_receive_await(target, migration->target_id, SIM_RECEIVER_PERMISSION);
    /* The memory needs no receiver: libxl has a process of its own for it, which outlives it. */
    if (!has_receiver(migration))
        return lose_answer(migration);
    if (way == WAY_LOST) {
        /* It does not miss the record, but cannot answer. */
        sim_error(TRANSFER_COMPLETE);
        return lose_answer(migration);
    }
    return hand_over(migration);
}

static int fail_to_begin(const char *what, int exit_code)
{
    sim_error("%s", what);
    return exit_code;
}

static int migrate(Migration *migration)
{
    SimCall *call = migration->call;
    gsize info = strlen(migration->config) + 4;
    sim_error("migration target: Ready to receive domain.\n");
    Way way = pass(migration, BANNER);
    if (way != WAY_OPEN)
        return way == WAY_OVER
                   ? call->exit_code
                   : fail_to_begin("libxl: error: libxl_utils.c:505:libxl_read_exactly: "
                                   "file/stream truncated reading banner from migration receiver "
                                   "stream\n",
                                   1);
    sim_error("Saving to migration stream new xl format (info 0x3/0x0/%" G_GSIZE_FORMAT ")\n",
              info);
    way = pass(migration, CONFIG);
    if (way == WAY_OVER)
        return call->exit_code;
    if (way == WAY_LOST)
        return fail_to_begin("migration sender: libxl_domain_suspend failed (rc=-3)\n"
                             "Migration failed, resuming at sender.\n",
                             1);
    say_transfer(migration);
    if (!receive(migration))
        return 1;
    way = pass(migration, MEMORY);
    if (way != WAY_OPEN)
        return way == WAY_OVER ? call->exit_code : lose_stream(migration);
    sim_sleep_ms(migration->source->settings.migrate_ms);
    return transfer_rest(migration);
}

static int fail_to_reach(const char *host)
{
    sim_error("ssh: Could not resolve hostname %s: Name or service not known\n"
              "libxl: error: libxl_utils.c:505:libxl_read_exactly: file/stream truncated reading "
              "banner from migration receiver stream\n"
              "libxl: info: libxl_exec.c:117:libxl_report_child_exitstatus: migration transport "
              "process [%d] exited with error status 255\n",
              host, (int)getpid());
    return 1;
}

static int start_migration(Migration *migration, const char *domain_text, const char *host_name)
{
    SimHost *source = migration->source;
    g_autoptr(GPtrArray) domains = sim_host_look(source);
    if (!sim_resolve(domains, domain_text, &migration->source_id))
        return 1;
    migration->domain = sim_host_find(domains, migration->source_id);
    if (migration->domain == NULL) {
        sim_error("libxl: error: libxl_dom.c:1216:libxl__userdata_path: unable to find domain info "
                  "for domain %d: Inappropriate ioctl for device\n"
                  "unable to retrieve domain configuration\n",
                  (int)migration->source_id);
        return 1;
    }
    if (migration->domain->is_zombie) {
        sim_error("libxl: error: libxl_domain.c:2335:retrieve_domain_configuration_lock_acquired: "
                  "Domain %d:Fail to get domain configuration\n"
                  "unable to retrieve domain configuration\n",
                  (int)migration->source_id);
        return 1;
    }
    g_autofree char *folder = find_host_folder(source, host_name);
    if (folder == NULL)
        return fail_to_reach(host_name);
    g_autoptr(GError) error = NULL;
    g_autoptr(SimHost) target = sim_host_open(folder, &error);
    if (target == NULL) {
        sim_error("xensim: %s\n", error->message);
        return 1;
    }
    g_autofree char *config = sim_store_read_config(source, migration->source_id, FALSE);
    migration->target = target;
    migration->config = config == NULL ? (char *)"\n" : config;
    return migrate(migration);
}

int sim_command_migrate(SimCall *call)
{
    static const struct option long_options[] = {
        {"debug", 0, NULL, 0x100}, {"live", 0, NULL, 0x200}, SIM_HELP_OPTION, {NULL, 0, NULL, 0}};
    Migration migration = {.call = call, .source = call->host};
    int option = 0;
    while ((option = sim_option(call, "FC:s:epD", long_options, 2)) != -1) {
        if (option == -2)
            return call->exit_code;
        migration.stays_paused |= option == 'p';
        migration.has_no_monitor |= option == 'e';
    }
    return start_migration(&migration, call->argv[optind], call->argv[optind + 1]);
}
