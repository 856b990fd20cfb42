//! A disk that fails below SQLite: the system's own files, but for writes that don't succeed any more.

#![expect(unsafe_code, reason = "SQLite takes a file system by pointers only")]

use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use rusqlite::ffi;

/// How many writes still succeed.
static LEFT: AtomicI64 = AtomicI64::new(i64::MAX);
/// Only one write fails.
static ONCE: AtomicBool = AtomicBool::new(false);
/// Whether any has failed since it was armed.
static FAILED: AtomicBool = AtomicBool::new(false);
/// How many requests have been sent since, and had been when the first write failed.
static SENT: AtomicUsize = AtomicUsize::new(0);
static SENT_BEFORE: AtomicUsize = AtomicUsize::new(0);

/// How writes fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fails {
    /// From one write on, until the disk is mended.
    FromThenOn,
    /// One of them.
    Once,
}

/// Lets so many writes succeed.
pub fn arm(writes: i64, fails: Fails) {
    SENT.store(0, Ordering::SeqCst);
    SENT_BEFORE.store(0, Ordering::SeqCst);
    FAILED.store(false, Ordering::SeqCst);
    ONCE.store(fails == Fails::Once, Ordering::SeqCst);
    LEFT.store(writes, Ordering::SeqCst);
}

/// Lets all writes succeed again; says whether any had failed.
pub fn mend() -> bool {
    LEFT.store(i64::MAX, Ordering::SeqCst);
    FAILED.load(Ordering::SeqCst)
}

/// Notes that a request goes out.
pub fn sends() {
    SENT.fetch_add(1, Ordering::SeqCst);
}

/// How many requests have gone out after the first write that failed.
pub fn sent_after() -> usize {
    SENT.load(Ordering::SeqCst) - SENT_BEFORE.load(Ordering::SeqCst)
}

fn fails() -> bool {
    let left = LEFT.fetch_sub(1, Ordering::SeqCst);
    let fails = if ONCE.load(Ordering::SeqCst) {
        left == 0
    } else {
        left <= 0
    };
    if fails && !FAILED.swap(true, Ordering::SeqCst) {
        SENT_BEFORE.store(SENT.load(Ordering::SeqCst), Ordering::SeqCst);
    }
    fails
}

/// The system's file system, and how its files are worked with.
struct System {
    vfs: *mut ffi::sqlite3_vfs,
}
// SAFETY: SQLite itself uses it from all threads.
unsafe impl Send for System {}
// SAFETY: as above; nothing in it is changed.
unsafe impl Sync for System {}
static SYSTEM: OnceLock<System> = OnceLock::new();

/// How a kind of file is worked with, but for writes that may fail, and how it would be. A file points to the
/// first of these two.
#[repr(C)]
struct Methods {
    ours: ffi::sqlite3_io_methods,
    system: *const ffi::sqlite3_io_methods,
}
// SAFETY: both are tables of functions, which are never changed.
unsafe impl Send for Methods {}
// SAFETY: as above.
unsafe impl Sync for Methods {}
/// Of the data file itself, and of the files beside it.
static METHODS: Mutex<Vec<&'static Methods>> = Mutex::new(Vec::new());

/// Puts this disk under all data files that are opened from now on.
pub fn install() {
    SYSTEM.get_or_init(|| {
        // SAFETY: the default file system is found by no name, and lives as long as the process; the copy of it
        // is never freed. SQLite may be set up by any thread.
        unsafe {
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
            let vfs = ffi::sqlite3_vfs_find(std::ptr::null());
            assert!(!vfs.is_null());
            let mut ours = *vfs;
            ours.zName = c"failing".as_ptr();
            ours.pNext = std::ptr::null_mut();
            ours.xOpen = Some(open);
            let ours = Box::leak(Box::new(ours));
            assert_eq!(ffi::sqlite3_vfs_register(ours, 1), ffi::SQLITE_OK);
            System { vfs }
        }
    });
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let system = SYSTEM.get().unwrap().vfs;
    // SAFETY: the arguments are SQLite's own and go on to the file system that they would have gone to; a file
    // that was opened has methods, of which only those are replaced that were copied.
    unsafe {
        let code = (*system).xOpen.unwrap()(system, name, file, flags, out_flags);
        if code == ffi::SQLITE_OK && !(*file).pMethods.is_null() {
            let system = (*file).pMethods;
            let mut known = METHODS.lock().unwrap();
            if !known.iter().any(|methods| methods.system == system) {
                let ours = ffi::sqlite3_io_methods {
                    xWrite: Some(write),
                    xTruncate: Some(truncate),
                    xSync: Some(sync),
                    ..*system
                };
                known.push(Box::leak(Box::new(Methods { ours, system })));
            }
            let of_kind = known.iter().find(|methods| methods.system == system);
            (*file).pMethods = std::ptr::from_ref(*of_kind.unwrap()).cast();
        }
        code
    }
}

/// How the system works with a file that [`open`] has opened.
unsafe fn system(file: *mut ffi::sqlite3_file) -> &'static ffi::sqlite3_io_methods {
    // SAFETY: such a file points to our methods, which are the first part of what is never freed.
    unsafe { &*(*(*file).pMethods.cast::<Methods>()).system }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    amount: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    if fails() {
        return ffi::SQLITE_FULL;
    }
    // SAFETY: SQLite's own arguments.
    unsafe { system(file).xWrite.unwrap()(file, from, amount, at) }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    if fails() {
        return ffi::SQLITE_IOERR_TRUNCATE;
    }
    // SAFETY: SQLite's own arguments.
    unsafe { system(file).xTruncate.unwrap()(file, size) }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    if fails() {
        return ffi::SQLITE_IOERR_FSYNC;
    }
    // SAFETY: SQLite's own arguments.
    unsafe { system(file).xSync.unwrap()(file, flags) }
}
