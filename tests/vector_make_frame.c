/* SPDX-License-Identifier: Apache-2.0 */
/* Makes frame.txt: every message, spelled out byte by byte. */
#include "tests/vector.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define HEAD "0a10aa*16 1005 1a20bb*32 " /* 54 bytes */
#define LATER "0a10ab*16 1005 1a20bb*32 "
#define BRANCH "0a10aa*16 1006 1a20bb*32 "
#define STATEMENT "0a03010203 1264 0a20aa*32 1240ab*64 " /* 107 bytes */
#define SIGNED "0a10cc*16 1007 1a20dd*32 2240ee*64 " /* 120 bytes */
#define VERSIONS "0101 0801 1001 "
#define IDS "1a10cc*16 2210dd*16 "
#define FRONTIER "3003 3a20ee*32 "
#define ROSTER "4002 4a20ff*32 "
#define CREDIT "50808004 "
#define SET "0105 0a10aa*16 1002 1a08bb*8 "
#define CHANGE "2a02083c "
#define SEAL "4240cc*64 "
#define KEYS "0a10cc*16 1220bb*32 1a20dd*32 "
#define BLOB "05aa*32 " /* 33 bytes */
#define BY_OLD "2a40ee*64 "
#define BY_NEW "3240ff*64"

struct framed {
    const char *name, *spec, *bytes;
    enum wsync_err code;
};

static const struct framed OPENING[] = {
    {"hello", "S9.1 S9.3 S9.8", VERSIONS IDS "2a36" HEAD FRONTIER ROSTER CREDIT, WSYNC_OK},
    {"hello-without-log", "S9.8", VERSIONS IDS "3a2000*32 4a2000*32 " CREDIT, WSYNC_OK},
    {"hello-that-has-seen-a-checkpoint", "S9.8",
     VERSIONS IDS FRONTIER ROSTER CREDIT "58c0843d", WSYNC_OK},
    {"welcome-with-checkpoint", "S9.11 S2.8",
     "0102 0801 1210aa*16 2802 38808004 5236 0a10cc*16 1007 1a20dd*32", WSYNC_OK},
    {"hello-of-versions-1-to-3", "S14.6", "0101 0801 1003 " IDS FRONTIER ROSTER CREDIT,
     WSYNC_OK},
    {"hello-with-program-and-clock", "S9.70",
     VERSIONS IDS FRONTIER ROSTER CREDIT "620a 7761726420302e312e30 68c082a8af0c", WSYNC_OK},
    {"hello-program-of-32-bytes", "S9.70", VERSIONS IDS FRONTIER ROSTER CREDIT "6220 7e*32",
     WSYNC_OK},
    {"welcome-with-program", "S9.70",
     "0102 0801 1210aa*16 2802 38808004 5a0e 646973747269637420302e312e30", WSYNC_OK},
    {"welcome", "S9.11", "0102 0801 1210aa*16 1a36" HEAD "2001 2802 38808004 408082c8a50c",
     WSYNC_OK},
    {"welcome-with-statement", "S9.5 S9.11",
     "0102 0801 1210aa*16 2802 326b" STATEMENT "38808004", WSYNC_OK},
    {"hello-device-15-bytes", "S9.8", VERSIONS "1a0fcc*15 2210dd*16 " FRONTIER ROSTER CREDIT,
     WSYNC_ERR_MESSAGE},
    {"hello-instance-absent", "S9.8", VERSIONS "1a10cc*16 " FRONTIER ROSTER CREDIT,
     WSYNC_ERR_MESSAGE},
    {"hello-digest-31-bytes", "S9.8", VERSIONS IDS "3003 3a1fee*31 " ROSTER CREDIT,
     WSYNC_ERR_MESSAGE},
    {"hello-roster-hash-absent", "S9.8", VERSIONS IDS FRONTIER "4002" CREDIT,
     WSYNC_ERR_MESSAGE},
    {"hello-head-without-hash", "S9.4",
     VERSIONS IDS "2a14 0a10aa*16 1005" FRONTIER ROSTER CREDIT, WSYNC_ERR_MESSAGE},
    {"hello-credit-16383", "S9.8", VERSIONS IDS FRONTIER ROSTER "50ff7f", WSYNC_ERR_MESSAGE},
    {"welcome-checkpoint-of-zeros", "S2.8",
     "0102 0801 1210aa*16 2802 38808004 5234 0a1000*16 1a2000*32", WSYNC_ERR_MESSAGE},
    {"hello-version-twice", "S1.3", "0101 0801 0801 1001" IDS FRONTIER ROSTER CREDIT,
     WSYNC_ERR_MESSAGE},
    {"hello-fields-descend", "S1.3", "0101 1001 0801" IDS FRONTIER ROSTER CREDIT,
     WSYNC_ERR_MESSAGE},
    {"hello-that-moves-attachments", "S9.8 S18.7", VERSIONS IDS FRONTIER ROSTER CREDIT "7801",
     WSYNC_OK},
    {"hello-attachments-2", "S1.3", VERSIONS IDS FRONTIER ROSTER CREDIT "7802",
     WSYNC_ERR_MESSAGE},
    {"welcome-that-wants-attachments", "S9.11 S18.7",
     "0102 0801 1210aa*16 2802 38808004 6803", WSYNC_OK},
    {"welcome-that-only-wants-attachments", "S9.11",
     "0102 0801 1210aa*16 2802 38808004 6802", WSYNC_ERR_MESSAGE},
    {"hello-unknown-field", "S1.3", VERSIONS IDS FRONTIER ROSTER CREDIT "980101",
     WSYNC_ERR_MESSAGE},
    {"hello-count-over-long", "S1.3", VERSIONS IDS "308300 3a20ee*32 " ROSTER CREDIT,
     WSYNC_ERR_MESSAGE},
    {"hello-program-of-33-bytes", "S9.70", VERSIONS IDS FRONTIER ROSTER CREDIT "6221 7e*33",
     WSYNC_ERR_MESSAGE},
    {"hello-program-with-a-line-end", "S9.70",
     VERSIONS IDS FRONTIER ROSTER CREDIT "6203 77610a", WSYNC_ERR_MESSAGE},
    {"hello-program-with-delete", "S9.70", VERSIONS IDS FRONTIER ROSTER CREDIT "6203 77617f",
     WSYNC_ERR_MESSAGE},
    {"welcome-program-of-33-bytes", "S9.70", "0102 0801 1210aa*16 2802 38808004 5a21 61*33",
     WSYNC_ERR_MESSAGE},
    {"hello-time-absent-spelled", "S1.3", VERSIONS IDS FRONTIER ROSTER CREDIT "6800",
     WSYNC_ERR_MESSAGE},
    {"welcome-same-2", "S1.3", "0102 0801 1210aa*16 2002 2802 38808004", WSYNC_ERR_MESSAGE},
    {"welcome-credit-absent", "S9.11", "0102 0801 1210aa*16 2001 2802", WSYNC_ERR_MESSAGE},
    {"welcome-instance-17-bytes", "S9.11", "0102 0801 1211aa*17 2802 38808004",
     WSYNC_ERR_MESSAGE},
    {"welcome-statement-signature-63", "S9.5",
     "0102 0801 1210aa*16 326a 0a03010203 1263 0a20aa*32 123fab*63 38808004",
     WSYNC_ERR_MESSAGE},
    {"welcome-epoch-over-long", "S1.3", "0102 0801 1210aa*16 2802 38808004 488100",
     WSYNC_ERR_MESSAGE},
};

static const struct framed FRAMES[] = {
    {"roster", "S9.5", "0103 0a6b" STATEMENT, WSYNC_OK},
    {"heads", "S9.4 S9.18", "0104 0a36" HEAD "0a36" LATER, WSYNC_OK},
    {"heads-two-of-one-log", "S9.4 S9.16", "0104 0a36" HEAD "0a36" BRANCH, WSYNC_OK},
    {"heads-none-and-last", "S9.18", "0104 1001", WSYNC_OK},
    {"ack", "S9.24", "0106 0a36" HEAD "108001", WSYNC_OK},
    {"ack-without-heads", "S9.24", "0106 108001", WSYNC_OK},
    {"reject", "S9.34", "0107 0a10aa*16 1001 186f", WSYNC_OK},
    {"reject-of-no-error", "S9.34", "0107 0a10aa*16 1001 18e707", WSYNC_OK},
    {"bye-of-success", "S9.35", "0108", WSYNC_OK},
    {"bye-of-a-code", "S9.35 S11.2", "0108 08cb01", WSYNC_OK},
    {"bye-of-a-lasting-code", "S11.2", "0108 08ae02", WSYNC_OK},
    {"bye-of-no-error", "S9.35", "0108 08e707", WSYNC_OK},
    {"enrol", "S9.39", "0110 0a10aa*16 1220bb*32 1a20cc*32 2240dd*64", WSYNC_OK},
    {"grant", "S9.40", "0111 0a6b" STATEMENT "126b" STATEMENT, WSYNC_OK},
    {"prove-of-nothing", "S15.16", "0112", WSYNC_OK},
    {"prove", "S15.16", "0112 0a78" SIGNED "1236" HEAD "1236" LATER "1802", WSYNC_OK},
    {"receipt", "S15.16",
     "0113 0a78" SIGNED "1080b0c8a50c 1a020506 2201aa 2201bb 2a40cc*64 3220dd*32 3801 "
     "4228ee*40",
     WSYNC_OK},
    {"receipt-without-scope", "S15.16", "0113 0a78" SIGNED "1a0106 2201bb", WSYNC_OK},
    {"rotate", "S9.80 S7.28", "0114" KEYS "2236" HEAD "2236" LATER BY_OLD BY_NEW, WSYNC_OK},
    {"rotate-without-pins", "S9.80", "0114" KEYS BY_OLD BY_NEW, WSYNC_OK},
    {"want", "S18.12", "0116 0a21" BLOB "1801", WSYNC_OK},
    {"want-goes-on", "S18.12", "0116 1003 1803", WSYNC_OK},
    {"want-of-what-is-whole", "S18.12", "0116 0a21" BLOB "1001", WSYNC_OK},
    {"want-of-nothing", "S18.12", "0116", WSYNC_OK},
    {"chunk", "S18.14", "0117 1201bb 1a20cc*32", WSYNC_OK},
    {"chunk-of-none", "S18.14", "0117", WSYNC_OK},
    {"chunk-later", "S18.14", "0117 2001", WSYNC_OK},
    {"offer", "S18.18", "0118 0a21" BLOB "0a21 06bb*32", WSYNC_OK},
    {"offer-of-none", "S18.18", "0118", WSYNC_OK},
    {"frame-empty", "S9.2", "", WSYNC_ERR_FRAME},
    {"frame-of-one-byte", "S9.2", "01", WSYNC_ERR_FRAME},
    {"frame-16385-bytes", "S9.2", "0108 00*16383", WSYNC_ERR_FRAME},
    {"frame-too-long-of-version-2", "S9.2", "0208 00*16383", WSYNC_ERR_FRAME},
    {"frame-version-0", "S9.2", "0008", WSYNC_ERR_VERSION},
    {"frame-version-2", "S9.2", "0208", WSYNC_ERR_VERSION},
    {"frame-version-2-unknown-type", "S9.2", "02ff", WSYNC_ERR_VERSION},
    {"frame-type-0", "S9.3", "0100", WSYNC_ERR_MESSAGE},
    {"frame-type-9", "S9.3", "0109", WSYNC_ERR_MESSAGE},
    {"frame-type-21", "S9.3", "0115", WSYNC_ERR_MESSAGE},
    {"want-17-chunks", "S18.12", "0116 1811", WSYNC_ERR_OVERSIZE},
    {"want-behind-the-end", "S18.12", "0116 0a21" BLOB "1001 1801", WSYNC_ERR_MESSAGE},
    {"want-behind-any-end", "S18.12", "0116 10ff0f 1802", WSYNC_ERR_MESSAGE},
    {"want-of-length-0", "S18.3", "0116 0a21 00aa*32 1801", WSYNC_ERR_MESSAGE},
    {"want-of-an-over-long-length", "S18.3", "0116 0a22 8500aa*32 1801", WSYNC_ERR_MESSAGE},
    {"want-of-8-MiB-and-a-byte", "S18.1 S18.3", "0116 0a24 81808004aa*32 1801",
     WSYNC_ERR_MESSAGE},
    {"chunk-of-4097-bytes", "S18.1", "0117 128120 bb*4097", WSYNC_ERR_OVERSIZE},
    {"chunk-2048", "S18.1", "0117 088010 1201bb", WSYNC_ERR_MESSAGE},
    {"chunk-hashes-of-33-bytes", "S18.4", "0117 1201bb 1a21cc*33", WSYNC_ERR_MESSAGE},
    {"chunk-of-12-hashes", "S18.4", "0117 1201bb 1a8003 cc*384", WSYNC_ERR_OVERSIZE},
    {"chunk-later-with-bytes", "S18.14", "0117 1201bb 2001", WSYNC_ERR_MESSAGE},
    {"chunk-of-none-with-an-index", "S18.14", "0117 0801", WSYNC_ERR_MESSAGE},
    {"offer-of-17", "S18.18", "0118 0a00**17", WSYNC_ERR_OVERSIZE},
    {"offer-of-no-name", "S18.3", "0118 0a00", WSYNC_ERR_MESSAGE},
    {"roster-17-statements", "S9.5", "0103 0a00**17", WSYNC_ERR_OVERSIZE},
    {"roster-signature-absent", "S9.5 S7.30", "0103 0a05 0a03010203", WSYNC_OK},
    {"roster-16-signatures", "S9.5 S7.30", "0103 0a25 0a03010203 1200**16", WSYNC_ERR_MESSAGE},
    {"roster-17-signatures", "S9.5 S7.30", "0103 0a27 0a03010203 1200**17", WSYNC_ERR_OVERSIZE},
    {"roster-signature-key-31-bytes", "S9.5", "0103 0a6a 0a03010203 1263 0a1faa*31 1240ab*64",
     WSYNC_ERR_MESSAGE},
    {"heads-descend", "S9.4", "0104 0a36" LATER "0a36" HEAD, WSYNC_ERR_MESSAGE},
    {"heads-one-twice", "S9.4", "0104 0a36" HEAD "0a36" HEAD, WSYNC_ERR_MESSAGE},
    {"heads-of-one-log-descend", "S9.4", "0104 0a36" BRANCH "0a36" HEAD, WSYNC_ERR_MESSAGE},
    {"heads-log-15-bytes", "S9.4", "0104 0a35 0a0faa*15 1005 1a20bb*32", WSYNC_ERR_MESSAGE},
    {"heads-193-empty", "S9.18", "0104 0a00**193", WSYNC_ERR_OVERSIZE},
    {"heads-last-of-zero", "S1.3", "0104 0a36" HEAD "1000", WSYNC_ERR_MESSAGE},
    {"ack-65-empty-heads", "S9.24", "0106 0a00**65", WSYNC_ERR_OVERSIZE},
    {"ack-heads-descend", "S9.4", "0106 0a36" LATER "0a36" HEAD, WSYNC_ERR_MESSAGE},
    {"ack-taken-above-64-bits", "S1.3", "0106 10ff*9 7f", WSYNC_ERR_MESSAGE},
    {"reject-without-code", "S9.34", "0107 0a10aa*16 1001", WSYNC_ERR_MESSAGE},
    {"reject-log-absent", "S9.34", "0107 1001 186f", WSYNC_ERR_MESSAGE},
    {"bye-code-of-zero", "S1.3", "0108 0800", WSYNC_ERR_MESSAGE},
    {"bye-unknown-field", "S1.3", "0108 1001", WSYNC_ERR_MESSAGE},
    {"enrol-key-31-bytes", "S9.39", "0110 0a10aa*16 121fbb*31 1a20cc*32 2240dd*64",
     WSYNC_ERR_MESSAGE},
    {"enrol-signature-absent", "S9.39", "0110 0a10aa*16 1220bb*32 1a20cc*32",
     WSYNC_ERR_MESSAGE},
    {"enrol-invite-17-bytes", "S9.39", "0110 0a11aa*17 1220bb*32 1a20cc*32 2240dd*64",
     WSYNC_ERR_MESSAGE},
    {"prove-9-heads", "S15.16", "0112 1200**9", WSYNC_ERR_OVERSIZE},
    {"prove-heads-descend", "S9.4 S15.16", "0112 1236" LATER "1236" HEAD, WSYNC_ERR_MESSAGE},
    {"prove-checkpoint-of-size-0", "S15.16", "0112 0a76 0a10cc*16 1a20dd*32 2240ee*64",
     WSYNC_ERR_MESSAGE},
    {"prove-signature-63-bytes", "S15.16", "0112 0a77 0a10cc*16 1007 1a20dd*32 223fee*63",
     WSYNC_ERR_MESSAGE},
    {"receipt-without-checkpoint", "S15.16", "0113 1a0106 2201bb", WSYNC_ERR_MESSAGE},
    {"receipt-12-leaves", "S15.16",
     "0113 0a78" SIGNED "1a0c 010203040506070809 0a0b0c 2200**12",
     WSYNC_ERR_OVERSIZE},
    {"receipt-a-leaf-less", "S15.16", "0113 0a78" SIGNED "1a020506 2201bb", WSYNC_ERR_MESSAGE},
    {"receipt-hashes-of-33-bytes", "S15.16", "0113 0a78" SIGNED "1a0106 2201bb 2a21cc*33",
     WSYNC_ERR_MESSAGE},
    {"receipt-path-of-33-hashes", "S15.16",
     "0113 0a78" SIGNED "1a0106 2201bb 32a008 cc*1056", WSYNC_ERR_MESSAGE},
    {"receipt-leaf-of-129-bytes", "S15.16", "0113 0a78" SIGNED "1a0106 228101 bb*129",
     WSYNC_ERR_MESSAGE},
    {"grant-without-statement", "S9.40", "0111 0a6b" STATEMENT, WSYNC_ERR_MESSAGE},
    {"grant-17-roots", "S9.40", "0111 0a00**17 126b" STATEMENT, WSYNC_ERR_OVERSIZE},
    {"rotate-signed-by-the-old-key-alone", "S9.81 S7.28", "0114" KEYS BY_OLD,
     WSYNC_ERR_MESSAGE},
    {"rotate-signed-by-the-new-key-alone", "S9.81 S7.28", "0114" KEYS BY_NEW,
     WSYNC_ERR_MESSAGE},
    {"rotate-pins-descend", "S9.81 S7.28", "0114" KEYS "2236" LATER "2236" HEAD BY_OLD BY_NEW,
     WSYNC_ERR_MESSAGE},
    {"rotate-57-pins", "S9.81 S7.28", "0114" KEYS "2200**57 " BY_OLD BY_NEW, WSYNC_ERR_MESSAGE},
    {"rotate-key-31-bytes", "S9.81 S7.28", "0114 0a10cc*16 121fbb*31 1a20dd*32 " BY_OLD BY_NEW,
     WSYNC_ERR_MESSAGE},
    {"rotate-device-absent", "S9.81 S7.28", "0114 1220bb*32 1a20dd*32 " BY_OLD BY_NEW,
     WSYNC_ERR_MESSAGE},
};

/* Private parts: index, salt, part, hash. */
#define PRIVATE_0 "3217 1210cc*16 1a03010203 "
static const struct framed SETS[] = {
    {"set", "S5.12", SET CHANGE SEAL, WSYNC_OK},
    {"set-with-genesis", "S5.12 S5.14", "0105 0a10aa*16 1001 1a08bb*8 2203010203" CHANGE SEAL,
     WSYNC_OK},
    {"set-with-checkpoint", "S5.12 S5.16", SET CHANGE "3a36 0a10cc*16 1007 1a20dd*32 " SEAL,
     WSYNC_OK},
    {"set-with-private-part", "S5.15", SET CHANGE PRIVATE_0 SEAL, WSYNC_OK},
    {"set-with-erased-part", "S5.15", SET CHANGE CHANGE "3224 0801 2220ee*32 " SEAL, WSYNC_OK},
    {"set-without-seal-decodes", "S5.12", SET CHANGE, WSYNC_OK},
    {"set-of-512-changes", "S5.12", SET "2a00**512 " SEAL, WSYNC_OK},
    {"set-of-513-changes", "S5.12", SET "2a00**513 " SEAL, WSYNC_ERR_OVERSIZE},
    {"set-log-15-bytes", "S5.12", "0105 0a0faa*15 1002 1a08bb*8 " CHANGE SEAL,
     WSYNC_ERR_MESSAGE},
    {"set-previous-9-bytes", "S5.12", "0105 0a10aa*16 1002 1a09bb*9 " CHANGE SEAL,
     WSYNC_ERR_MESSAGE},
    {"set-previous-absent", "S5.12", "0105 0a10aa*16 1002" CHANGE SEAL, WSYNC_ERR_MESSAGE},
    {"set-seal-63-bytes", "S5.12", SET CHANGE "423fcc*63", WSYNC_ERR_MESSAGE},
    {"set-seal-65-bytes", "S5.12", SET CHANGE "4241cc*65", WSYNC_ERR_MESSAGE},
    {"set-checkpoint-of-zeros", "S5.16", SET CHANGE "3a34 0a1000*16 1a2000*32 " SEAL,
     WSYNC_ERR_MESSAGE},
    {"set-checkpoint-empty", "S5.16", SET CHANGE "3a00" SEAL, WSYNC_ERR_MESSAGE},
    {"set-checkpoint-root-31-bytes", "S5.16", SET CHANGE "3a35 0a10cc*16 1007 1a1fdd*31 " SEAL,
     WSYNC_ERR_MESSAGE},
    {"set-private-beyond-changes", "S5.15", SET CHANGE "3224 0801 2220ee*32 " SEAL,
     WSYNC_ERR_MESSAGE},
    {"set-private-twice", "S5.15", SET CHANGE PRIVATE_0 PRIVATE_0 SEAL, WSYNC_ERR_MESSAGE},
    {"set-privates-descend", "S5.15",
     SET CHANGE CHANGE "3224 0801 2220ee*32 3222 2220ee*32 " SEAL, WSYNC_ERR_MESSAGE},
    {"set-private-without-salt", "S5.15", SET CHANGE "3205 1a03010203" SEAL, WSYNC_ERR_MESSAGE},
    {"set-private-salt-15-bytes", "S5.15", SET CHANGE "3216 120fcc*15 1a03010203" SEAL,
     WSYNC_ERR_MESSAGE},
    {"set-private-part-absent", "S5.15", SET CHANGE "3212 1210cc*16 " SEAL, WSYNC_ERR_MESSAGE},
    {"set-private-part-and-hash", "S5.15",
     SET CHANGE "3239 1210cc*16 1a03010203 2220ee*32 " SEAL, WSYNC_ERR_MESSAGE},
    {"set-private-hash-31-bytes", "S5.15", SET CHANGE "3221 221fee*31 " SEAL,
     WSYNC_ERR_MESSAGE},
    {"set-unknown-field", "S1.3", SET CHANGE SEAL "4801", WSYNC_ERR_MESSAGE},
    {"set-first-twice", "S1.3", "0105 0a10aa*16 1001 1002 1a08bb*8 " CHANGE SEAL,
     WSYNC_ERR_MESSAGE},
    {"set-cut", "S1.3", SET CHANGE "4240cc*63", WSYNC_ERR_MESSAGE},
};

static void frame_cases(struct vector_book *book, const struct framed *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        vector_begin(book, frames[i].name, frames[i].spec, "frame");
        vector_hex(book, "frame", vector_spell(&book->arena, frames[i].bytes));
        vector_expect(book, frames[i].code);
    }
}

void vector_make_frame(struct vector_book *book)
{
    frame_cases(book, OPENING, COUNT(OPENING));
    frame_cases(book, FRAMES, COUNT(FRAMES));
    frame_cases(book, SETS, COUNT(SETS));
}
