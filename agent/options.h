/* The command line. */
#pragma once

#include <glib.h>

typedef enum { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER } ColourChoice;

#define OPTION_NOT_GIVEN G_MININT64 /* of those that take a number */

typedef struct {
    /* For every command. */
    char *config_path; /* -c; NULL: the default, if it is there */
    char *host;
    char **specs;
    char *toolstack;
    char *state_dir;
    char *xen_config_dir;
    gboolean is_json;
    ColourChoice colour;
    /* For some. */
    char *only;
    gint64 allow_stops; /* or OPTION_NOT_GIVEN */
    gboolean accept_loss;
    gboolean accept_stale;
    gboolean has_log;         /* of `apply` */
    gboolean is_diff;         /* of `plan` */
    gboolean has_host_checks; /* of `validate` */
    char *extra;              /* of `apply --only` */
    char **accept_generation; /* words (accepted.h); NULL: not given */
    char *format;             /* of `schema` */
    gboolean is_all;          /* of `claim` */
    char *former_host;        /* of `forget` */
    gboolean is_running;      /* of `import` */
    char *duration, *reason;  /* of `suspend` */
    char *max_age;            /* of `status` */
    /* Of `keygen`, `sign` and `verify`. */
    char *public_key, *secret_key, *signature, *trusted_comment, *password_file;
    gboolean has_no_password;
    gboolean is_named_by_key; /* the signature's file */
    char **arguments;         /* what is left; NULL-terminated */
} Options;

typedef struct {
    const char *name;
    const char *arguments; /* "[PATH...]"; "" */
    const char *summary;   /* one line */
    const char *help;      /* more, for `xensure COMMAND --help`, which breaks its lines */
    int arguments_least, arguments_most; /* most -1: any number */
    const char *const *options;          /* names of the options of its own; NULL-terminated */
    int (*run)(const Options *options);
} CommandRow;

extern const CommandRow command_rows[];
/* The command of this name, or NULL. */
const CommandRow *command_find(const char *name);
/* Has the command an option of its own of this name? */
gboolean command_has_option(const CommandRow *command, const char *name);

/* Reads the command line. Returns the command, or NULL; then *exit_code is what to end with (0
 * after --help and --version) and everything has been printed. */
const CommandRow *options_read(int argc, char **argv, Options *out, int *exit_code);
void options_clear(Options *options);
/* Is what goes to this descriptor to be coloured? */
gboolean options_wants_colour(const Options *options, int descriptor);
