//! Global allocator and panic handler for `no_std` wasm: a few hundred bytes where `std` costs kilobytes.
#![expect(unsafe_code, reason = "a global allocator returns raw memory; nothing else here is unsafe")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size, unreachable};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

/// Base-two logarithm of the smallest block size, 16 bytes.
const MIN_SHIFT: usize = 4;
/// Number of size classes: powers of two from 16 bytes to 2 GiB. A larger allocation fails.
const SIZE_CLASSES: usize = 28;
const PAGE_BYTES: usize = 65_536;

/// Segregated free lists, one for each power of two. Blocks are never split or merged: at most half of a block is
/// unused, and parsing frees nearly everything that it allocates.
struct FreeLists {
    state: UnsafeCell<State>,
}

struct State {
    /// Heads of the free lists; the first word of a free block is the address of the next one.
    free: [*mut u8; SIZE_CLASSES],
    /// Start of the memory that was never allocated; it ends at `end`.
    next: usize,
    end: usize,
}

// SAFETY: wasm without threads has one thread.
unsafe impl Sync for FreeLists {}

#[global_allocator]
static ALLOCATOR: FreeLists = FreeLists { state: UnsafeCell::new(State { free: [null_mut(); SIZE_CLASSES], next: 0, end: 0 }) };

/// The size class of a layout; `None` where it needs more than the 16-byte alignment of every block.
fn size_class(layout: Layout) -> Option<usize> {
    if layout.align() > 1 << MIN_SHIFT {
        return None;
    }
    let size = layout.size().max(1 << MIN_SHIFT);
    let shift = usize::BITS - (size - 1).leading_zeros();
    Some(shift as usize - MIN_SHIFT)
}

// SAFETY: a block is either in one free list or allocated, and has the size of its class; only one thread reaches the
// lists, and no reference to the state outlives a call.
unsafe impl GlobalAlloc for FreeLists {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let state = unsafe { &mut *self.state.get() };
        let Some(class) = size_class(layout) else {
            return null_mut();
        };
        let Some(head) = state.free.get_mut(class) else {
            return null_mut();
        };
        if !head.is_null() {
            let block = *head;
            *head = unsafe { block.cast::<*mut u8>().read() };
            return block;
        }
        let size = 1 << (class + MIN_SHIFT);
        if state.end - state.next < size {
            let pages = size.div_ceil(PAGE_BYTES);
            // The new pages continue the unallocated range, unless something other than this allocator grew the memory.
            let grown = memory_grow(0, pages);
            if grown == usize::MAX {
                return null_mut();
            }
            if state.end != grown * PAGE_BYTES {
                state.next = grown * PAGE_BYTES;
            }
            state.end = memory_size(0) * PAGE_BYTES;
        }
        let block = state.next;
        state.next += size;
        block as *mut u8
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let state = unsafe { &mut *self.state.get() };
        if let Some(head) = size_class(layout).and_then(|class| state.free.get_mut(class)) {
            unsafe { block.cast::<*mut u8>().write(*head) };
            *head = block;
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(new_layout) = Layout::from_size_align(size, layout.align()) else {
            return null_mut();
        };
        if size_class(new_layout) == size_class(layout) {
            return block;
        }
        let moved = unsafe { self.alloc(new_layout) };
        if !moved.is_null() {
            unsafe {
                core::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        moved
    }
}

/// Traps. The lints leave one cause of a panic, memory exhaustion, after which the instance cannot be used; leaving the
/// message out keeps the formatting code out of the module.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unreachable()
}
