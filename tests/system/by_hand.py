# SPDX-License-Identifier: Apache-2.0
"""by_hand.py: rows of a store changed with the library alone, as somebody would who has the file
and no key; whoever else has the store open goes on."""
import contextlib
import ctypes
import ctypes.util

FIRST, NEXT, TABLES = 0, 8, 64  # MDB_FIRST, MDB_NEXT; more tables than there are


class Value(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("data", ctypes.c_void_p)]

    @classmethod
    def of(cls, text):
        value = cls(len(text), ctypes.cast(ctypes.c_char_p(text), ctypes.c_void_p))
        value.kept = text  # as long as the value
        return value

    def bytes(self):
        return ctypes.string_at(self.data, self.size)


def must(code):
    if code != 0:
        raise OSError(f"lmdb: {code}")


@contextlib.contextmanager
def table(folder, name):
    """(library, transaction, table), committed at the end."""
    lmdb = ctypes.CDLL(ctypes.util.find_library("lmdb") or "liblmdb.so.0")
    env, txn, dbi = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_uint()
    must(lmdb.mdb_env_create(ctypes.byref(env)))
    try:
        must(lmdb.mdb_env_set_maxdbs(env, ctypes.c_uint(TABLES)))
        must(lmdb.mdb_env_set_mapsize(env, ctypes.c_size_t(1 << 30)))
        must(lmdb.mdb_env_open(env, folder.encode(), 0, 0o600))
        must(lmdb.mdb_txn_begin(env, None, 0, ctypes.byref(txn)))
        must(lmdb.mdb_dbi_open(txn, name.encode(), 0, ctypes.byref(dbi)))
        yield lmdb, txn, dbi
        must(lmdb.mdb_txn_commit(txn))
    finally:
        lmdb.mdb_env_close(env)


def rows(folder, name):
    """{key: value} of a whole table."""
    found, cursor, key, value = {}, ctypes.c_void_p(), Value(), Value()
    with table(folder, name) as (lmdb, txn, dbi):
        must(lmdb.mdb_cursor_open(txn, dbi, ctypes.byref(cursor)))
        step = FIRST
        while lmdb.mdb_cursor_get(cursor, ctypes.byref(key), ctypes.byref(value), step) == 0:
            found[key.bytes()] = value.bytes()
            step = NEXT
        lmdb.mdb_cursor_close(cursor)
    return found


def put(folder, name, key, value):
    with table(folder, name) as (lmdb, txn, dbi):
        must(lmdb.mdb_put(txn, dbi, ctypes.byref(Value.of(key)), ctypes.byref(Value.of(value)), 0))


def drop(folder, name, key):
    with table(folder, name) as (lmdb, txn, dbi):
        must(lmdb.mdb_del(txn, dbi, ctypes.byref(Value.of(key)), None))
