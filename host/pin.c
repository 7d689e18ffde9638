/* SPDX-License-Identifier: Apache-2.0 */
#include "host/pin.h"

#include <sodium.h>
#include <string.h>

#include "wardsync/utf8.h"

_Static_assert(WSYNC_PIN_HASH_BYTES == crypto_pwhash_STRBYTES, "a hash has its room");

/* Of nothing that is known, at the same limits: what is checked where there is no hash. */
static const char DUMMY[] = "$argon2id$v=19$m=65536,t=2,p=1$"
                            "TmVpdGhlciBzYWx0IG5vcg$"
                            "YW55Ym9keSdzIHBhc3NwaHJhc2UuICBBIGR1bW15Li4";

/* 111111, 123456, 987654. */
static bool is_guessed_first(const struct wsync_passphrase *pin)
{
    bool run[3] = {true, true, true}; /* down, the same, up */
    for (size_t i = 0; i < pin->len; i++) {
        if (pin->b[i] < '0' || pin->b[i] > '9') {
            return false;
        }
        for (int step = -1; i > 0 && step <= 1; step++) {
            run[step + 1] = run[step + 1] && pin->b[i] - pin->b[i - 1] == step;
        }
    }
    return run[0] || run[1] || run[2];
}

enum wsync_err wsync_pin_judge(const struct wsync_passphrase *pin, enum wsync_site_kind kind,
                               enum wsync_language language, struct wsync_error *error)
{
    bool vi = language == WSYNC_VI, ward = kind == WSYNC_SITE_WARD;
    size_t least = ward ? WSYNC_PIN_WARD_BYTES_MIN : WSYNC_PIN_DISTRICT_BYTES_MIN;
    if (pin->len < least) {
        return wsync_error_set(
            error, WSYNC_ERR_VALUE,
            ward ? vi ? "Mã PIN phải có ít nhất %zu chữ số, hoặc là một cụm từ từ %zu ký tự."
                      : "A PIN has at least %zu digits, or is a passphrase of %zu characters."
            : vi ? "Mật khẩu phải có ít nhất %zu ký tự."
                 : "A password has at least %zu characters.",
            least, least);
    }
    if (pin->len > WSYNC_PIN_BYTES_MAX ||
        !wsync_utf8_is_line(wsync_slice((const uint8_t *)pin->b, pin->len))) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               vi ? "Mã PIN hoặc mật khẩu dài nhất %d byte, trên một dòng chữ."
                                  : "A PIN or password is one line of at most %d bytes.",
                               WSYNC_PIN_BYTES_MAX);
    }
    if (is_guessed_first(pin)) {
        return wsync_error_set(error, WSYNC_ERR_VALUE, "%s",
                               vi ? "Mã này là mã bị đoán đầu tiên: chọn mã khác, không phải "
                                    "một chữ số lặp lại hay các chữ số liền nhau."
                                  : "This one is guessed first: choose another than one digit "
                                    "repeated or digits in a row.");
    }
    return WSYNC_OK;
}

enum wsync_err wsync_pin_hash_of(const struct wsync_passphrase *pin,
                                 struct wsync_pin_hash *hash)
{
    *hash = (struct wsync_pin_hash){{0}};
    return crypto_pwhash_str(hash->text, pin->b, pin->len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                             crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0
               ? WSYNC_OK
               : WSYNC_ERR_MEMORY;
}

bool wsync_pin_hash_is(const struct wsync_pin_hash *hash)
{
    return memchr(hash->text, 0, sizeof hash->text) &&
           crypto_pwhash_str_needs_rehash(hash->text, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                          crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0;
}

bool wsync_pin_is(const struct wsync_pin_hash *hash, const struct wsync_passphrase *pin)
{
    struct wsync_pin_hash dummy = {{0}};
    bool given = wsync_pin_hash_is(hash);
    memcpy(dummy.text, DUMMY, sizeof DUMMY);
    WSYNC_ASSERT(wsync_pin_hash_is(&dummy));
    bool fits =
        crypto_pwhash_str_verify(given ? hash->text : dummy.text, pin->b, pin->len) == 0;
    return fits && given;
}
