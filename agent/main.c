/* xensure: the command table. TO ADD A COMMAND: a row here, its function in a command_*.c. */
#include "agent/commands.h"
#include "agent/exit_code.h"
#include "agent/report.h"
#include "xenbackend/command.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <unistd.h>

static const char *const apply_options[] = {
    "only",         "extra", "allow-stops", "accept-loss", "accept-generation",
    "accept-stale", "log",   NULL};
static const char *const plan_options[] = {"only", "diff", NULL};
static const char *const validate_options[] = {"host-checks", NULL};
static const char *const schema_options[] = {"format", NULL};
static const char *const claim_options[] = {"all", NULL};
static const char *const forget_options[] = {"former-host", NULL};
static const char *const import_options[] = {"running", NULL};
static const char *const status_options[] = {"max-age", NULL};
static const char *const suspend_options[] = {"for", "reason", NULL};
static const char *const keygen_options[] = {"public-key", "secret-key", "password-file",
                                             "no-password", NULL};
static const char *const sign_options[] = {"secret-key",  "password-file",   "signature",
                                           "name-by-key", "trusted-comment", NULL};
static const char *const verify_options[] = {"public-key", "signature", NULL};

const CommandRow command_rows[] = {
    {"validate", "[PATH...]", "check specs, with or without a host",
     "Reads the specs (PATH, or --spec, or the sources of agent.yaml) and lists all that "
     "is wrong with them, each as file:line:column: message. Needs no Xen, no root and no "
     "network. With a toolstack that is named (--toolstack xm), what that one does not "
     "have is wrong, too, in domains of this host (--host).\nWith --host-checks, also "
     "whether this host has what its domains need: files, disks, bridges, keys that its "
     "Xen knows, memory, CPUs, and nothing that xendomains or libvirt would start "
     "beside it.\nExit code 3: there is an error; 0: there is none, warnings change nothing; "
     "1: a file cannot be read, or the toolstack is asked and does not answer.",
     0, -1, validate_options, command_validate},
    {"plan", "", "show what `apply` would do, and why",
     "Reads the spec, looks at the host, and shows what `apply` would do. Changes nothing: "
     "no command that changes anything is run, no file is written, no lock is taken.\nExit "
     "code 0: in sync; 1: the host cannot be looked at; 2: something to do; 3: the spec "
     "was refused; 4: something is held; 5: a conflict.",
     0, 0, plan_options, command_plan},
    {"apply", "", "make the host as the spec says",
     "Carries out what `plan` shows. Prints nothing when there is nothing to do, unless "
     "standard output is a terminal. Can be killed at any moment: the next run carries "
     "on. A terminal shows what is under way.\nWith --log, each action is told as it begins and "
     "ends, and what is held or wrong when "
     "that is new, and then once a day: on standard error, or with fields where that is the "
     "journal. That is for cron and timers.\nExit code 0: done; 1: the host cannot be looked at; "
     "3: the spec was refused; 4: "
     "something is held; 5: a conflict; 6: something failed; 75: another run is under way.",
     0, 0, apply_options, command_apply},
    {"agent", "", "keep the host as the spec says, until it is ended",
     "Lets a run (`apply --log`) look at the host every `interval`, after SIGHUP, and as soon as a "
     "local spec has changed. A run is a process of its own. After SIGTERM nothing new is begun; "
     "commands of the toolstack that work go on, and the next run carries on.\nExit code 0: it was "
     "ended; 1: usage, or an agent.yaml that is wrong at the start.",
     0, 0, NULL, command_agent},
    {"status", "", "show whether this host is in sync, and how its last run ended",
     "Shows the last run, also one that was refused, what it held and why, what waits for a "
     "restart, since when the spec is here, and the next run where that is known. Ends with the "
     "exit code of the last run. A run with --only does not take the place of one that "
     "looked at all domains. As JSON, also what this host has: that is what other hosts "
     "ask for.\nThat nothing runs xensure any more changes no exit code, unless --max-age says how "
     "old the last run may be that looked at all domains and got as far as carrying out: then it "
     "is 1 where there was none since. Monitoring should say it.",
     0, 0, status_options, command_status},
    {"explain", "NAME", "tell why a domain is as it is, and what comes next",
     "Tells of one domain what the spec says, key by key, and which profile it is from; where its "
     "config file, what runs and what is recorded differ from that; what the next run would do, "
     "what holds it, and the way on; and what was done to it, when and why. Changes nothing. What "
     "may be a secret is not shown.\nExit code 0: told; 1: nobody knows the domain, or the host "
     "cannot be looked at; 3: the spec was refused (what is known without it is told).",
     1, 1, NULL, command_explain},
    {"render", "NAME", "print the Xen config of one domain",
     "Prints the config file that `apply` would write for the domain, with a VNC password "
     "masked.",
     1, 1, NULL, command_render},
    {"import", "[FILE...]", "make a spec of config files, or of what runs",
     "Prints a spec of the domains of config files (xl's or xm's; of a folder its *.cfg; "
     "without FILE those of /etc/xen), or with --running of the domains that run. What "
     "cannot be taken over is told on standard error and in comments. Changes nothing, and "
     "executes no file.\nExit code 0: all that a start needs is in the spec, but for passwords; "
     "1: something is missing, or the spec needs a hand.",
     0, -1, import_options, command_import},
    {"schema", "", "list all keys of a spec and of agent.yaml",
     "Lists every key with its type, default and meaning, from the tables that read them.", 0, 0,
     schema_options, command_schema},
    {"host", "", "show what this host has, and whether its toolstack answers",
     "Shows memory, CPUs, NUMA nodes and the version of Xen. What the toolstack does not "
     "say, or says absurdly, is told on standard error and left out. Exit code 1 when the "
     "toolstack does not answer.",
     0, 0, NULL, command_host},
    {"console", "NAME", "open a domain's console",
     "Becomes the toolstack's console of the domain; how to leave it is the toolstack's "
     "(^]).",
     1, 1, NULL, command_console},
    {"suspend", "--reason TEXT", "freeze everything, until `resume`",
     "Holds all actions of this host, whoever asks for them, and says why. --for ends it "
     "by itself. Where the host is suspended already, the same reason gives that another end, and "
     "another one is refused. A run that is under way ends what it has begun, and begins nothing "
     "more.",
     0, 0, suspend_options, command_suspend},
    {"resume", "", "end a suspend", "Lets actions be carried out again.", 0, 0, NULL,
     command_resume},
    {"claim", "NAME|--all", "say that a domain belongs to this host",
     "With several hosts in a spec, a host starts a domain only if its own record is sure "
     "that it belongs here, or all others say that they neither have nor want it. This "
     "puts it into the record: make sure that the domain runs on no other host. --all is "
     "for a new fleet.",
     0, 1, claim_options, command_claim},
    {"forget", "NAME|--former-host HOST",
     "drop a domain's protection and counted starts, or its record",
     "Drops a migration whose end nobody could find out: make sure first that the domain "
     "does not run on the other host. Else its protection and its counted tries. Where it "
     "has none of these, drops all that is recorded of it, also that it belongs here; not "
     "while it is recorded as running. Does not touch the domain.\nWith --former-host: a host "
     "that was taken out of `hosts` runs nothing any more, and is not asked before starts.",
     0, 1, forget_options, command_forget},
    {"keygen", "", "make a pair of keys that sign specs",
     "Makes a secret key (xensure.key, or --secret-key) and its public half (xensure.pub, or "
     "--public-key), in minisign's format. Asks for a password on the terminal, unless "
     "--password-file or --no-password says otherwise. Overwrites nothing.",
     0, 0, keygen_options, command_keygen},
    {"sign", "FILE", "sign a spec",
     "Writes a signature to FILE.minisig, or with --name-by-key to FILE.KEYID.minisig, beside "
     "those of others. One by another key is not replaced. Of a folder, writes the file MANIFEST "
     "in it, which lists its *.yaml files "
     "as "
     "b2sum does, and signs that. minisign can check it, too. What is signed says the time and the "
     "name of the file (of a folder, FOLDER/MANIFEST), and --trusted-comment: under another name, "
     "hosts do not take it from an address or from where others can write.",
     1, 1, sign_options, command_sign},
    {"verify", "FILE", "check the signatures of a spec",
     "Looks whether enough keys of `trust` in agent.yaml have signed FILE, as `apply` does where "
     "that is required; or the one that --public-key names. Signatures are FILE.minisig and "
     "FILE.KEYID.minisig; of a folder, those of its MANIFEST, which its files are held against. "
     "Those of minisign -l, the older kind, are refused.\nExit code 0: yes; 3: "
     "no, and why not; 1: a file cannot be read, or the keys are not right.",
     1, 1, verify_options, command_verify},
    {0}};

/* A standard stream that is closed would be the number of the next file that is opened, and what is
 * printed would go there. In its place: one that can be neither read nor written. */
static void hold_standard_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) == -1) {
            (void)!open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

int main(int argc, char **argv)
{
    hold_standard_streams();
    setlocale(LC_CTYPE, "C.UTF-8");
    signal(SIGPIPE, SIG_IGN);
    command_pass_environment("XENSIM_DIR");
    Options options = {0};
    int exit_code = 0;
    const CommandRow *command = options_read(argc, argv, &options, &exit_code);
    if (command != NULL) {
        exit_code = command->run(&options);
    }
    options_clear(&options);
    /* Output that could not be written is an error of its own. */
    return report_flush() ? exit_code : exit_code_worse(exit_code, EXIT_ERROR);
}
