/* Stands between the two ends of a migration, knows where in their talk it is, and stops at a
 * chosen place.
 *
 *   migration_relay PLACE HOW MARK
 *
 * The sender is at standard input and output, the receiver at descriptor 3, a TCP socket. When the
 * sender has no more to say, the receiver is told, and may still answer: so does ssh. Bytes are
 * passed on in both directions until the first one of PLACE is due: that one is passed no more.
 * Then the file MARK is made, and
 *
 *   HOW close   the line is lost: what was passed on has arrived, the sender finds its stream
 * ended, and the receiver's connection is reset (as sshd does, `via` then takes both of its pipes
 * from it) HOW hold    nothing is passed on, both ends wait; until the file MARK.go is there (all
 * is passed on again), or the relay is killed
 *
 * Places, in the order of a migration. What is in the stream: Xen
 * docs/specs/libxl-migration-stream.pandoc and libxc-migration-stream.pandoc; the messages around
 * it: Xen tools/xl/xl.h and xl_migrate.c.
 *
 *   banner    the receiver's first words: the sender has sent nothing yet
 *   config    the sender's first: the domain's config
 *   memory    after the first MiB of memory; the guest runs at the source
 *   context   the guest's registers: it is suspended, and its memory is over
 *   end       the last record of the stream
 *   ready     the receiver's "domain received"
 *   go        the sender's "domain is yours"
 *   report    the receiver's report, with its result
 *   back      the receiver's leave to resume at the source, after a report of failure
 *   never     nothing is cut
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVER_FD  3
#define POLL_MS      50
#define MEMORY_BYTES (1024 * 1024)

/* Sizes of the messages. All but the banner are sent with the 0 at their end. */
#define BANNER_BYTES (sizeof "xl migration receiver ready, send binary domain data.\n" - 1)
#define READY_BYTES  (sizeof "domain received, ready to unpause")
#define REPORT_BYTES (sizeof "my copy unpause results are as follows" + 1)

/* Record types of libxl (LIBXL_), and of libxc within. */
enum { LIBXL_END = 0, LIBXL_LIBXC_CONTEXT = 1 };
enum { LIBXC_END = 0, LIBXC_PAGE_DATA = 1, LIBXC_HVM_CONTEXT = 9 };

enum { SAVE_HEADER_BYTES = 48, LIBXL_HEADER_BYTES = 16, LIBXC_HEADER_BYTES = 40, RECORD_BYTES = 8 };

typedef enum {
    PLACE_BANNER,
    PLACE_CONFIG,
    PLACE_MEMORY,
    PLACE_CONTEXT,
    PLACE_END,
    PLACE_READY,
    PLACE_GO,
    PLACE_REPORT,
    PLACE_BACK,
    PLACE_NEVER
} Place;

static const char *const place_names[] = {"banner", "config", "memory", "context", "end",
                                          "ready",  "go",     "report", "back",    "never"};
#define PLACES (sizeof place_names / sizeof *place_names)

/* What the sender's next bytes are. */
typedef enum {
    IN_SAVE_HEADER,
    IN_LIBXL_HEADER,
    IN_LIBXL,
    IN_LIBXC_HEADER,
    IN_LIBXC,
    IN_MESSAGES
} Part;

typedef struct {
    Part part;
    uint8_t head[SAVE_HEADER_BYTES];
    size_t head_bytes;   /* of the current head that are here */
    uint64_t skip_bytes; /* of a body that are still to come */
    uint64_t memory_bytes;
} Sender;

typedef struct {
    int from, to;
    uint8_t bytes[65536];
    size_t length, passed;
    bool is_ended;
} Direction;

static uint32_t read_u32(const uint8_t *bytes)
{
    uint32_t number = 0;
    memcpy(&number, bytes, sizeof number);
    return number;
}

static size_t head_size(Part part)
{
    static const size_t sizes[] = {
        [IN_SAVE_HEADER] = SAVE_HEADER_BYTES,
        [IN_LIBXL_HEADER] = LIBXL_HEADER_BYTES,
        [IN_LIBXL] = RECORD_BYTES,
        [IN_LIBXC_HEADER] = LIBXC_HEADER_BYTES,
        [IN_LIBXC] = RECORD_BYTES,
        [IN_MESSAGES] = SIZE_MAX,
    };
    return sizes[part];
}

/* A head is whole: what follows it. Returns the place that its first byte was, PLACE_NEVER: none.
 */
static Place take_head(Sender *sender)
{
    uint32_t type = read_u32(sender->head), length = read_u32(sender->head + 4);
    sender->head_bytes = 0;
    switch (sender->part) {
    case IN_SAVE_HEADER:
        sender->skip_bytes = read_u32(sender->head + SAVE_HEADER_BYTES - 4);
        sender->part = IN_LIBXL_HEADER;
        return PLACE_CONFIG;
    case IN_LIBXL_HEADER:
        sender->part = IN_LIBXL;
        break;
    case IN_LIBXL:
        sender->skip_bytes = (length + 7U) & ~7U;
        if (type == LIBXL_LIBXC_CONTEXT)
            sender->part = IN_LIBXC_HEADER;
        if (type != LIBXL_END)
            break;
        sender->part = IN_MESSAGES;
        return PLACE_END;
    case IN_LIBXC_HEADER:
        sender->part = IN_LIBXC;
        break;
    case IN_LIBXC:
        sender->skip_bytes = (length + 7U) & ~7U;
        if (type == LIBXC_END)
            sender->part = IN_LIBXL;
        if (type == LIBXC_HVM_CONTEXT)
            return PLACE_CONTEXT;
        if (type != LIBXC_PAGE_DATA)
            break;
        sender->memory_bytes += length;
        return sender->memory_bytes > MEMORY_BYTES ? PLACE_MEMORY : PLACE_NEVER;
    case IN_MESSAGES:
        break;
    }
    return PLACE_NEVER;
}

/* How many of the sender's bytes come before PLACE. *IS_THERE: the next one is the first of PLACE.
 * (A head is passed on once it is whole, so that nothing of a place is passed on before it is
 * known.) */
static size_t bytes_before(Sender *sender, const uint8_t *bytes, size_t length, Place place,
                           bool *is_there)
{
    size_t at = 0;
    while (at < length && sender->part != IN_MESSAGES) {
        if (sender->skip_bytes > 0) {
            size_t step =
                length - at < sender->skip_bytes ? length - at : (size_t)sender->skip_bytes;
            sender->skip_bytes -= step;
            at += step;
            continue;
        }
        size_t size = head_size(sender->part);
        if (length - at < size)
            return at;
        memcpy(sender->head, bytes + at, size);
        Sender before = *sender;
        if (take_head(sender) == place && place != PLACE_NEVER) {
            *sender = before;
            *is_there = true;
            return at;
        }
        at += size;
    }
    if (at < length && sender->part == IN_MESSAGES && place == PLACE_GO) {
        *is_there = true;
        return at;
    }
    return length;
}

/* The same for the receiver, whose messages are of known lengths. SENT: what it has sent before. */
static size_t answer_before(size_t sent, size_t length, Place place, bool *is_there)
{
    size_t start = SIZE_MAX;
    if (place == PLACE_BANNER)
        start = 0;
    else if (place == PLACE_READY)
        start = BANNER_BYTES;
    else if (place == PLACE_REPORT)
        start = BANNER_BYTES + READY_BYTES;
    else if (place == PLACE_BACK)
        start = BANNER_BYTES + READY_BYTES + REPORT_BYTES;
    if (start == SIZE_MAX || sent + length <= start)
        return length;
    *is_there = true;
    return start > sent ? start - sent : 0;
}

static void give_up(const char *what)
{
    fprintf(stderr, "migration_relay: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void fill(Direction *direction)
{
    ssize_t count = read(direction->from, direction->bytes + direction->length,
                         sizeof direction->bytes - direction->length);
    if (count < 0 && errno != EINTR && errno != ECONNRESET)
        give_up("read");
    if (count == 0 || (count < 0 && errno == ECONNRESET))
        direction->is_ended = true;
    if (count > 0)
        direction->length += (size_t)count;
}

/* Passes on the first COUNT bytes. FALSE: nobody takes them. */
static bool pass(Direction *direction, size_t count)
{
    for (size_t done = 0; done < count;) {
        ssize_t written = write(direction->to, direction->bytes + done, count - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        done += (size_t)written;
    }
    direction->length -= count;
    direction->passed += count;
    memmove(direction->bytes, direction->bytes + count, direction->length);
    return true;
}

static void make_mark(const char *mark)
{
    int fd = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        give_up(mark);
    close(fd);
}

/* So that the receiver has all that was passed on, and then nothing: no end of stream, but an
 * error. */
static void lose_line(void)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    int unread_bytes = 0;
    while (ioctl(RECEIVER_FD, SIOCOUTQ, &unread_bytes) == 0 && unread_bytes > 0)
        poll(NULL, 0, 1);
    setsockopt(RECEIVER_FD, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    exit(0);
}

/* The place is reached. Returns when all is to be passed on again. */
static void stop(bool holds, const char *mark)
{
    char go[4096];
    snprintf(go, sizeof go, "%s.go", mark);
    make_mark(mark);
    while (holds && access(go, F_OK) != 0)
        poll(NULL, 0, POLL_MS);
    if (!holds)
        lose_line();
}

/* FALSE: the receiver is gone. *IS_STOPPED: PLACE was reached, and this was its end. */
static bool pass_on(Direction *there, Direction *back, Sender *sender, Place place,
                    bool *is_stopped)
{
    bool is_there = false, is_back = false;
    size_t count = bytes_before(sender, there->bytes, there->length, place, &is_there);
    /* A receiver that takes no more may still have said why. */
    if (!pass(there, there->is_ended && !is_there ? there->length : count)) {
        there->is_ended = true;
        there->length = 0;
    }
    count = answer_before(back->passed, back->length, place, &is_back);
    if (!pass(back, count))
        return false;
    *is_stopped = is_there || is_back;
    if (there->is_ended && there->length == 0)
        shutdown(RECEIVER_FD, SHUT_WR);
    return *is_stopped || !back->is_ended;
}

static void relay(Place place, bool holds, const char *mark)
{
    static Direction there = {.from = STDIN_FILENO, .to = RECEIVER_FD};
    static Direction back = {.from = RECEIVER_FD, .to = STDOUT_FILENO};
    Sender sender = {.part = IN_SAVE_HEADER};
    bool is_stopped = false;
    while (pass_on(&there, &back, &sender, place, &is_stopped)) {
        if (is_stopped) {
            stop(holds, mark);
            place = PLACE_NEVER;
            continue;
        }
        struct pollfd polled[] = {{.fd = there.is_ended ? -1 : there.from, .events = POLLIN},
                                  {.fd = back.from, .events = POLLIN}};
        if (poll(polled, 2, -1) < 0 && errno != EINTR)
            give_up("poll");
        if (polled[0].revents != 0)
            fill(&there);
        if (polled[1].revents != 0)
            fill(&back);
    }
}

int main(int argc, char **argv)
{
    Place place = PLACE_BANNER;
    while (argc == 4 && place < PLACES && strcmp(place_names[place], argv[1]) != 0)
        place++;
    if (argc != 4 || place == PLACES ||
        (strcmp(argv[2], "close") != 0 && strcmp(argv[2], "hold") != 0)) {
        fputs("usage: migration_relay PLACE close|hold MARK <>sender 3<>receiver\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    relay(place, strcmp(argv[2], "hold") == 0, argv[3]);
    return 0;
}
