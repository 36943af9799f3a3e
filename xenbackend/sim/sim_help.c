#include "xenbackend/sim/sim_help.h"

#include "xenbackend/sim/sim_xm.h"

#include <stdio.h>

static const char head[] =
    "xensim: a simulated Xen host that answers as xl 4.17 does, or as xm\n"
    "\n"
    "  xensim SUBCOMMAND ...     what xl does with these arguments (a link named xl works too; "
    "one\n"
    "                            named xm does what xm and xend do, up to Xen 4.4)\n"
    "  xensim sim SUBCOMMAND ... what happens to the host and its guests, see below\n"
    "\n"
    "The host lives in a folder: XENSIM_DIR, else /var/lib/xensure/sim for root and\n"
    "~/.local/state/xensim for others. It is made on first use. Its domains run by the wall "
    "clock;\n"
    "no process is needed for that. Lists, exit codes and messages are those of the real xl.\n"
    "`xensure --toolstack sim` uses it, and reads DIR/boot_id in place of the kernel's. Files and\n"
    "bridges of dom0 it looks for below DIR/root (DIR/root/boot/vmlinuz,\n"
    "DIR/root/sys/class/net/xenbr0/bridge), and not at all where that is missing.\n"
    "\n"
    "Subcommands of xl:\n";

static const char guests[] =
    "\n"
    "Guests. What one does stands in the kernel command line of its config (cmdline or extra), as\n"
    "words; what is not said there comes from the host's settings:\n"
    "  sim.mode=MODE      idle     runs, and shuts down when asked\n"
    "                     busy     the same, using all of its CPU time\n"
    "                     slow     shuts down slowly\n"
    "                     ignore   acknowledges a shutdown and goes on\n"
    "                     hung     acknowledges nothing\n"
    "                     off, reboot, crash   does that after a time\n"
    "  sim.boot=TIME      from the start to booted (r-----, then -b----)\n"
    "  sim.shutdown=TIME  from a request to the shutdown\n"
    "  sim.after=TIME     from booted to what mode off, reboot or crash does\n"
    "  sim.pv=no          has no PV drivers: shutdown needs -F\n"
    "  sim.balloon=no     does not follow mem-set\n"
    "  sim.detach=no      does not let go of a disk or a vif\n"
    "TIME is 2s, 500ms, 1.5, 3m. Time stands still for a paused guest. on_poweroff, on_reboot,\n"
    "on_crash and on_watchdog are carried out as xl's monitor does, unless created with -e.\n"
    "\n"
    "Subcommands of `xensim sim`:\n"
    "  init [--memory MIB] [--dom0-memory MIB] [--cpus N] [--xen-version V] [--name NAME]\n"
    "       [KEY=VALUE...]        begin anew: no domains, no faults, no log, these settings\n"
    "  set KEY=VALUE...           change settings\n"
    "  show                       folder, boot id, settings\n"
    "  host NAME...               make hosts to migrate to (DIR/hosts/NAME is XENSIM_DIR there)\n"
    "  seed [--count N] [--prefix P] [--memory MIB] [--vcpus N] [--from DIR] [FILE...]\n"
    "                             many running domains at once: P1..PN, and one for each config\n"
    "                             file (with its uuid); memory is not checked\n"
    "  add-foreign [--memory MIB] [--vcpus N] [--uuid UUID] NAME   one running domain\n"
    "  add-halted [--memory MIB] [--vcpus N] [--uuid UUID] NAME    one that xend keeps, and that "
    "does\n"
    "                             not run: xm lists it without an id\n"
    "  crash, poweroff, guest-reboot, watchdog, suspend DOMAIN...  the guest does that now\n"
    "  hang DOMAIN...             the guest answers nothing any more\n"
    "  vanish DOMAIN...           the domain is gone without a trace\n"
    "  zombie DOMAIN...           the domain is (null) --p--d, and stays so\n"
    "  kill-receiver DOMAIN...    the migrate-receive of an incoming domain is dead\n"
    "  kill-monitor DOMAIN...     nobody carries out its on_poweroff etc.\n"
    "  reboot-host                all domains are gone, ids begin at 1, a new boot id\n"
    "  fault COMMAND KIND [OPTION...], fault list, fault clear\n"
    "  log on|off|show|clear      DIR/log: time, pid, exit code (or die, hang), command line\n"
    "\n"
    "Faults strike the calls of one subcommand of xl or xm (* is all of them):\n"
    "  fail      print --text on stderr and exit with --status N (1)\n"
    "  did       do it all, then the same\n"
    "  hang      wait for --seconds N (without: for ever)\n"
    "  die       kill itself (SIGKILL)\n"
    "  hold      make the file DIR/held, and go on when somebody has removed it\n"
    "  close     migrate: the line to the other host is lost\n"
    "  nothing   exit with 0, without having done anything\n"
    "  empty     print nothing on stdout\n"
    "  garble    spoil letters of stdout\n"
    "  truncate  print only the first --bytes N of stdout\n"
    "  --times N|always (1), --skip N (calls spared first),\n"
    "  --at STEP (fail, hang, die, hold, close), default start; done is the end, and between them\n"
    "    create: parsed named building built unpaused (xm: parsed built unpaused, since xend "
    "builds\n"
    "    on by itself); shutdown, reboot: asked;\n"
    "    migrate: banner config memory context end ready go report back: what is under way\n"
    "    then (xensure-protocol(7) tells what they are); list: long, long-DOMID,\n"
    "    long-all (-l)\n"
    "\n"
    "Settings (KEY=VALUE; lines \"KEY: VALUE\" of DIR/host):\n";

void sim_print_help(void)
{
    fputs(head, stdout);
    for (guint i = 0; i < sim_commands_count; i++)
        printf("  %-15s %s\n", sim_commands[i].name, sim_commands[i].summary);
    fputs("\nSubcommands of xm (a config file is read as far as it is literals, never run):\n",
          stdout);
    for (guint i = 0; i < xm_commands_count; i++)
        printf("  %-15s %s\n", xm_commands[i].name, xm_commands[i].summary);
    fputs(guests, stdout);
    fputs(sim_settings_help(), stdout);
}
