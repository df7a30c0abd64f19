//! SHA-256 (FIPS 180-4), optimised for code size in WebAssembly rather than speed. The tests compare it with the `sha2` crate, which
//! is eight times as large.

/// Round constants: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
#[rustfmt::skip]
const ROUND: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// Initial hash value: the first 32 bits of the fractional parts of the square roots of the first eight primes.
#[rustfmt::skip]
const START: [u32; 8] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
];

/// Computes the digest of a message.
pub(crate) fn digest(message: &[u8]) -> [u8; 32] {
    // Padding: one bit, zeros until eight bytes remain in the last block, the length in bits.
    let length = (message.len() as u64).wrapping_mul(8).to_be_bytes();
    let end = (message.len() + 8) / 64 * 64 + 56;
    let mut state = START;
    let mut at = 0;
    while at < end {
        // Message schedule as a window of sixteen words: each round reads one word and replaces it.
        let mut window = [0_u32; 16];
        for word in &mut window {
            for _ in 0..4 {
                let padding = if at == message.len() { 0x80 } else { length.get(at.wrapping_sub(end)).copied().unwrap_or(0) };
                *word = *word << 8 | u32::from(message.get(at).copied().unwrap_or(padding));
                at += 1;
            }
        }
        compress(&mut state, window);
    }
    let mut out = [0; 32];
    for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
        bytes.iter_mut().zip(word.to_be_bytes()).for_each(|(byte, value)| *byte = value);
    }
    out
}

/// Compression function of one block.
#[expect(clippy::indexing_slicing, reason = "every index is masked to the window's size")]
fn compress(state: &mut [u32; 8], mut window: [u32; 16]) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (round, constant) in ROUND.iter().enumerate() {
        let word = window[round & 15];
        let (w1, w14) = (window[(round + 1) & 15], window[(round + 14) & 15]);
        let s0 = w1.rotate_right(7) ^ w1.rotate_right(18) ^ (w1 >> 3);
        let s1 = w14.rotate_right(17) ^ w14.rotate_right(19) ^ (w14 >> 10);
        window[round & 15] = word.wrapping_add(s0).wrapping_add(window[(round + 9) & 15]).wrapping_add(s1);

        let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let choice = (e & f) ^ (!e & g);
        let t1 = h.wrapping_add(s1).wrapping_add(choice).wrapping_add(*constant).wrapping_add(word);
        let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let majority = (a & b) ^ (a & c) ^ (b & c);
        (h, g, f, e) = (g, f, e, d.wrapping_add(t1));
        (d, c, b, a) = (c, b, a, t1.wrapping_add(s0.wrapping_add(majority)));
    }
    for (word, value) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn every_length_around_block_boundaries_agrees_with_sha2() {
        for length in 0..300_u32 {
            let message: Vec<u8> = (0..length).map(|n| n.to_le_bytes()[0]).collect();
            assert_eq!(digest(&message), <[u8; 32]>::from(Sha256::digest(&message)), "{length}");
        }
    }

    proptest! {
        #[test]
        fn the_digest_agrees_with_sha2(message: Vec<u8>) {
            prop_assert_eq!(digest(&message), <[u8; 32]>::from(Sha256::digest(&message)));
        }
    }
}
