/* What the files spec/signature*.c share. */
#pragma once

#include "spec/signature.h"

#define COMMENT_PREFIX         "untrusted comment: "
#define TRUSTED_COMMENT_PREFIX "trusted comment: "

/* Makes libsodium ready, which is to be done before anything else of it is called. */
void signature_make_ready(void);

/* Reads the lines of a file, which all but the last end in LF, and the last may. */
typedef struct {
    const char *at, *end;
    guint line; /* the one that was read last */
} SignatureReader;

/* The next line without its LF. */
gboolean signature_read_line(SignatureReader *reader, const char **line, gsize *length,
                             GError **error);
/* A line "PREFIXtext": the text, not terminated. Anything but NUL, CR and LF may stand in it. */
gboolean signature_read_comment(SignatureReader *reader, const char *prefix, gsize length_max,
                                const char **text, gsize *length, GError **error);
/* Base64 for exactly SIZE bytes, of the only form that it has. */
gboolean signature_decode_base64(const SignatureReader *reader, const char *text, gsize length,
                                 guint8 *out, gsize size, GError **error);
/* A line of it. */
gboolean signature_read_base64(SignatureReader *reader, guint8 *out, gsize size, GError **error);
/* Nothing may follow. */
gboolean signature_read_end(const SignatureReader *reader, GError **error);
gboolean signature_refuse(const SignatureReader *reader, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

void signature_append_base64(const guint8 *bytes, gsize size, GString *out);
/* What the second signature of a file is over. */
GByteArray *signature_bytes_and_comment(const Signature *signature);
