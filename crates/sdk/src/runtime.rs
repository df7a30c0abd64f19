//! What `std` would bring for wasm, in some bytes instead of some kilobytes: memory, and the end after a panic.
#![expect(unsafe_code, reason = "an allocator hands out raw memory; nothing else here is unsafe")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size, unreachable};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

/// Blocks come in powers of two, from 16 bytes: a freed block waits in its size's list for the next of that size.
/// Nothing is merged, so at worst half of a block is idle; parsing frees nearly everything it takes.
const SMALLEST_SHIFT: usize = 4;
/// Up to 2 GiB; a larger request fails.
const SIZES: usize = 28;
const PAGE: usize = 65_536;

struct Blocks {
    state: UnsafeCell<State>,
}

struct State {
    /// Heads of the lists; a waiting block holds the next one's address in its first word.
    free: [*mut u8; SIZES],
    /// The untouched memory: from here to `end`.
    next: usize,
    end: usize,
}

// SAFETY: wasm without threads has one thread.
unsafe impl Sync for Blocks {}

#[global_allocator]
static BLOCKS: Blocks = Blocks { state: UnsafeCell::new(State { free: [null_mut(); SIZES], next: 0, end: 0 }) };

/// The list of a layout. Blocks are aligned to 16 bytes; none of our types asks for more.
fn list_of(layout: Layout) -> Option<usize> {
    if layout.align() > 1 << SMALLEST_SHIFT {
        return None;
    }
    let size = layout.size().max(1 << SMALLEST_SHIFT);
    let shift = usize::BITS - (size - 1).leading_zeros();
    Some(shift as usize - SMALLEST_SHIFT)
}

// SAFETY: a block is either in one list or handed out, is as large as its list says, and lists are reached by one
// thread only, with no reference to the state kept across calls.
unsafe impl GlobalAlloc for Blocks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let state = unsafe { &mut *self.state.get() };
        let Some(list) = list_of(layout) else {
            return null_mut();
        };
        let Some(head) = state.free.get_mut(list) else {
            return null_mut();
        };
        if !head.is_null() {
            let block = *head;
            *head = unsafe { block.cast::<*mut u8>().read() };
            return block;
        }
        let size = 1 << (list + SMALLEST_SHIFT);
        if state.end - state.next < size {
            let pages = size.div_ceil(PAGE);
            // Where the memory ends now; what was left before it is given up only if somebody else grew it.
            let grown = memory_grow(0, pages);
            if grown == usize::MAX {
                return null_mut();
            }
            if state.end != grown * PAGE {
                state.next = grown * PAGE;
            }
            state.end = memory_size(0) * PAGE;
        }
        let block = state.next;
        state.next += size;
        block as *mut u8
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let state = unsafe { &mut *self.state.get() };
        if let Some(head) = list_of(layout).and_then(|list| state.free.get_mut(list)) {
            unsafe { block.cast::<*mut u8>().write(*head) };
            *head = block;
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else {
            return null_mut();
        };
        if list_of(wanted) == list_of(layout) {
            return block;
        }
        let moved = unsafe { self.alloc(wanted) };
        if !moved.is_null() {
            unsafe {
                core::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        moved
    }
}

/// The lints leave no way to panic but a lack of memory; the instance is then over, and its text is not shipped.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unreachable()
}
