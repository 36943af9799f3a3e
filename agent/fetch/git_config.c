/* The settings that git is run with: ours alone, of neither the system nor the repository. */
#include "agent/fetch/git_parts.h"

#include <string.h>

#define NAME "gitconfig"

/* git's Documentation/config.txt. One file a fetch (unpackLimit), so that its size has a limit;
 * what is larger than a spec can be is not held in memory (bigFileThreshold). */
static const char settings[] = "[core]\n"
                               "\thooksPath = /dev/null\n"
                               "\tattributesFile = /dev/null\n"
                               "\tfsmonitor = false\n"
                               "\tbigFileThreshold = 16m\n"
                               "[init]\n"
                               "\ttemplateDir =\n"
                               "[fetch]\n"
                               "\tfsckObjects = true\n"
                               "\tunpackLimit = 1\n"
                               "\trecurseSubmodules = false\n"
                               "[transfer]\n"
                               "\tfsckObjects = true\n"
                               "\tbundleURI = false\n"
                               "[gc]\n"
                               "\tautoDetach = false\n"
                               "[maintenance]\n"
                               "\tautoDetach = false\n"
                               "[pack]\n"
                               "\tthreads = 1\n"
                               "[submodule]\n"
                               "\trecurse = false\n"
                               "[credential]\n"
                               "\thelper =\n"
                               "[http]\n"
                               "\tfollowRedirects = false\n"
                               "\tsslVerify = true\n"
                               "\tsslVersion = tlsv1.2\n"
                               "\tlowSpeedLimit = 100\n"
                               "\tlowSpeedTime = 30\n"
                               "[protocol]\n"
                               "\tallow = never\n";

/* In quotes, as git reads it. */
static void append_value(GString *out, const char *key, const char *value)
{
    g_string_append_printf(out, "\t%s = \"", key);
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            g_string_append_c(out, '\\');
        }
        g_string_append_c(out, *c);
    }
    g_string_append(out, "\"\n");
}

/* For the shell that git gives it to. */
static void append_option(GString *command, const char *option, const char *path)
{
    g_autofree char *value = g_strconcat(option, path, NULL);
    g_autofree char *quoted = g_shell_quote(value);
    g_string_append_printf(command, " -o %s", quoted);
}

/* A host that is not known is not asked; nor is anybody for a password. */
static void append_ssh(GString *out, const GitRequest *request)
{
    g_autoptr(GString) command = g_string_new("ssh -F /dev/null -o BatchMode=yes "
                                              "-o StrictHostKeyChecking=yes "
                                              "-o IdentitiesOnly=yes -o ForwardAgent=no "
                                              "-o ClearAllForwardings=yes -o ConnectTimeout=30");
    append_option(command, "UserKnownHostsFile=",
                  request->known_hosts != NULL ? request->known_hosts : "/dev/null");
    if (request->ssh_key != NULL) {
        append_option(command, "IdentityFile=", request->ssh_key);
    }
    g_string_append(out, "[core]\n");
    append_value(out, "sshCommand", command->str);
}

const char *git_protocol(const char *url)
{
    return git_url_is_local(url) ? "file" : g_str_has_prefix(url, "https:") ? "https" : "ssh";
}

static char *format_config(const GitRequest *request)
{
    GString *out = g_string_new(settings);
    const char *protocol = git_protocol(request->url);
    g_string_append_printf(out, "[protocol \"%s\"]\n\tallow = always\n", protocol);
    if (strcmp(protocol, "file") == 0) {
        /* It belongs to somebody else than the user that reads it. What its own settings could
         * have git do then, the environment of git forbids (git_run()), or Landlock. */
        g_string_append(out, "[safe]\n");
        append_value(out, "directory", "*");
    }
    g_string_append(out, "[http]\n");
    append_value(out, "proxy", request->proxy != NULL ? request->proxy : "");
    if (request->ca_file != NULL) {
        append_value(out, "sslCAInfo", request->ca_file);
    }
    if (strcmp(protocol, "ssh") == 0) {
        append_ssh(out, request);
    }
    return g_string_free(out, FALSE);
}

gboolean git_write_config(GitWork *work)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = format_config(work->request);
    work->config = g_build_filename(work->request->folder, NAME, NULL);
    work->environment[0] = g_strconcat("GIT_CONFIG_GLOBAL=", work->config, NULL);
    work->environment[1] =
        g_strconcat("GIT_ALLOW_PROTOCOL=", git_protocol(work->request->url), NULL);
    return g_file_set_contents(work->config, text, -1, &error) ||
           git_fail(work, FETCH_REFUSED, g_strdup(error->message));
}
