//! Sorting keys that fit into a cache.

use super::Key;

/// Below so many keys the standard library's sort is quicker.
const FEW: usize = 300;
/// A digit has so many bits, and two of them are looked at.
const DIGIT: u32 = 8;
const VALUES: usize = 1 << DIGIT;

/// Sorts keys, with room for as many beside them.
///
/// Two passes of a radix sort put them in the order of the highest 16 bits in which they differ at all. Of as many keys
/// as fit into a cache hardly any two then stand wrong, and an insertion sort puts these right; where it would have
/// more than a little to do, as where most keys differ in low bits only, the standard library's sort takes over.
pub(super) fn sort<K: Key>(keys: &mut [K], beside: &mut [K]) {
    if keys.len() < FEW || keys.len() > u32::MAX as usize {
        keys.sort_unstable();
        return;
    }
    let (mut least, mut most) = (keys[0], keys[0]);
    for &key in keys.iter() {
        least = least.min(key);
        most = most.max(key);
    }
    let shift = most.minus(least).bits().saturating_sub(2 * DIGIT);
    let digits = |key: K| {
        let both = key.above(least, shift);
        (both % VALUES, both / VALUES % VALUES)
    };
    let (mut low, mut high) = ([0_u32; VALUES], [0_u32; VALUES]);
    let mut before = least;
    let mut sorted = true;
    for &key in keys.iter() {
        let (l, h) = digits(key);
        low[l] += 1;
        high[h] += 1;
        sorted &= before <= key;
        before = key;
    }
    if sorted {
        return;
    }
    let beside = &mut beside[..keys.len()];
    scatter(keys, beside, &mut low, |key| digits(key).0);
    scatter(beside, keys, &mut high, |key| digits(key).1);
    if shift > 0 && !put_right(keys) {
        keys.sort_unstable();
    }
}

/// Moves keys to where their digit belongs. `counts` says how often each digit occurs.
fn scatter<K: Key>(
    from: &[K],
    to: &mut [K],
    counts: &mut [u32; VALUES],
    digit: impl Fn(K) -> usize,
) {
    let mut place = 0;
    for count in counts.iter_mut() {
        place += std::mem::replace(count, place);
    }
    for &key in from {
        let place = &mut counts[digit(key)];
        to[*place as usize] = key;
        *place += 1;
    }
}

/// Insertion sort, unless that is too much work; the keys are then in some order.
fn put_right<K: Key>(keys: &mut [K]) -> bool {
    let mut left = 4 * keys.len();
    for k in 1..keys.len() {
        let key = keys[k];
        if keys[k - 1] <= key {
            continue;
        }
        let mut at = k;
        while at > 0 && keys[at - 1] > key {
            keys[at] = keys[at - 1];
            at -= 1;
        }
        keys[at] = key;
        let moved = k - at;
        if moved > left {
            return false;
        }
        left -= moved;
    }
    true
}
