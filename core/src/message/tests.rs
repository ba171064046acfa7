//! Programs good and bad, over data good and bad.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Program, Run, Stop};

fn scan(words: &[i64], data: &[u8]) -> (Vec<u64>, usize, Stop) {
    scan_within(words, data, usize::MAX)
}

fn scan_within(words: &[i64], data: &[u8], limit: usize) -> (Vec<u64>, usize, Stop) {
    let program = Program::new(words).expect("a program");
    let mut offsets = vec![0; data.len() + 1];
    let Run { count, at, stop } = program.scan(data, 0, limit, &mut offsets);
    offsets.truncate(count);
    (offsets, at, stop)
}

const DONE: i64 = 0;
const LOAD: i64 = 1;
const MATH: i64 = 3;
const SKIP: i64 = 4;
const SKIP_BY: i64 = 5;
const UNTIL: i64 = 6;
const SWITCH: i64 = 7;
const JUMP: i64 = 8;
const REPEAT: i64 = 9;
const REPEAT_REST: i64 = 10;
const NEXT: i64 = 11;
const REST: i64 = 12;
const EXPECT: i64 = 13;

/// A byte that says how many follow.
const PREFIXED: [i64; 13] = [LOAD, 0, 0, 1, 0, 0, 0, SKIP, 1, SKIP_BY, 0, 1, DONE];

#[test]
fn lengths_in_front() {
    assert_eq!(
        scan(&PREFIXED, b"\0\x01a\x02bc"),
        (vec![0, 1, 3], 6, Stop::End)
    );
    assert_eq!(scan(&PREFIXED, b"\x01a\x02b"), (vec![0], 2, Stop::Cut));
    assert_eq!(
        scan_within(&PREFIXED, b"\x01a\x03bcd\x01e", 3),
        (vec![0], 2, Stop::Look)
    );
    assert_eq!(scan(&PREFIXED, b""), (vec![], 0, Stop::End));
}

#[test]
fn room_runs_out() {
    let program = Program::new(&PREFIXED).expect("a program");
    let mut offsets = [0; 2];
    let run = program.scan(b"\0\0\0", 0, 9, &mut offsets);
    assert_eq!((run.count, run.at, run.stop), (2, 2, Stop::Full));
    let run = program.scan(b"\0\0\0", 1, 9, &mut offsets);
    assert_eq!((run.count, run.at, run.stop), (2, 3, Stop::End));
    assert_eq!(offsets, [1, 2]);
    assert_eq!(program.scan(b"\0", 7, 9, &mut offsets).stop, Stop::Look);
}

#[test]
fn tags_choose() {
    // 1: two bytes. 2: text to a NUL. All else is odd.
    let words = [
        &[LOAD, 3, 0, 1, 0, 0, 0, SKIP, 1][..],
        &[SWITCH, 3, 2, -1, 1, 3, 2, 5],
        &[SKIP, 2, JUMP, 6],
        &[UNTIL, 1, 0],
        &[DONE],
    ]
    .concat();
    assert_eq!(
        scan(&words, b"\x01ab\x02hello\0\x02\0\x01xy"),
        (vec![0, 3, 10, 12], 15, Stop::End)
    );
    assert_eq!(scan(&words, b"\x02hello"), (vec![], 0, Stop::Cut));
    assert_eq!(scan(&words, b"\x01ab\x03"), (vec![0], 3, Stop::Look));
}

#[test]
fn loops() {
    // A count, then as many prefixed strings.
    let body = &PREFIXED[..12];
    let counted = [
        &[LOAD, 1, 0, 1, 0, 0, 0, SKIP, 1, REPEAT, 1, 7][..],
        body,
        &[NEXT, DONE],
    ]
    .concat();
    assert_eq!(
        scan(&counted, b"\x02\x01a\0\0\x01\x02bc"),
        (vec![0, 4, 5], 9, Stop::End)
    );
    let rest = [&[REPEAT_REST, 1, 5][..], body, &[NEXT, SKIP, 1, DONE]].concat();
    assert_eq!(scan(&rest, b"\x01a\0!"), (vec![0], 4, Stop::End));
    assert_eq!(scan(&rest, b"\x05a\0!").2, Stop::Cut);
    assert_eq!(scan(&rest, b"\x02ab").2, Stop::Look); // Into what comes behind.
    // Rounds that get nowhere.
    assert_eq!(
        scan(&[LOAD, 0, 0, 8, 0, 0, 0, REPEAT, 0, 3, NEXT, DONE], &[1; 8]).2,
        Stop::Look
    );
    assert_eq!(scan(&[DONE], b"x").2, Stop::Look);
}

#[test]
fn numbers() {
    let mut values = Vec::new();
    for (what, left, right) in [
        (3, 7_i64, 2_i64),
        (3, -7, 2),
        (3, 7, -2),
        (3, -7, -2),
        (4, 7, 3),
        (4, -7, 3),
        (4, 7, -3),
        (4, -6, 3),
        (7, 3, 4),
        (8, -1, 70),
        (5, 12, 10),
        (6, 12, 10),
    ] {
        values.push((what, left, right));
    }
    let expected = [3, -4, -4, 3, 1, 2, -2, 0, 48, -1, 8, 14];
    for (&(what, left, right), expected) in values.iter().zip(expected) {
        let words = [
            &[2, 0, left, 2, 1, right, MATH, what, 2, 0, 1][..],
            &[EXPECT, 2, expected, SKIP, 1, DONE],
        ]
        .concat();
        assert_eq!(scan(&words, b"x").2, Stop::End, "{what} {left} {right}");
    }
    for (what, left, right) in [
        (2, i64::MAX, 2),
        (3, 1, 0),
        (3, i64::MIN, -1),
        (4, 1, 0),
        (7, 1, 63),
        (7, 1, -1),
    ] {
        let words = [
            &[2, 0, left, 2, 1, right, MATH, what, 2, 0, 1][..],
            &[SKIP, 1, DONE],
        ]
        .concat();
        assert_eq!(scan(&words, b"x").2, Stop::Look, "{what} {left} {right}");
    }
    // Eight bytes, unsigned: too large for a register unless it is only compared.
    let load = |flags| [LOAD, 0, 0, 8, flags, 0, 0, SKIP, 8, DONE];
    assert_eq!(scan(&load(0), &[255; 8]).2, Stop::Look);
    assert_eq!(scan(&load(2), &[255; 8]).2, Stop::End);
    assert_eq!(scan(&load(4), &[255; 8]).2, Stop::End);
    // Bits of a big-endian number.
    let words = [
        LOAD, 0, 0, 2, 1, 4, 8, EXPECT, 0, 0x23, REST, 0, SKIP, 0, DONE,
    ];
    assert_eq!(scan(&words, b"\x12\x34"), (vec![0], 2, Stop::End));
}

#[test]
fn no_programs() {
    for (words, word, reason) in [
        (&[][..], 0, "the end without DONE"),
        (&[SKIP, 1], 2, "the end without DONE"),
        (&[99], 0, "an unknown instruction"),
        (&[SKIP], 1, "an instruction that is cut off"),
        (&[SKIP, -1, DONE], 1, "an operand out of range"),
        (&[SKIP_BY, 32, 1, DONE], 1, "an operand out of range"),
        (
            &[LOAD, 0, 0, 3, 0, 0, 0, DONE],
            4,
            "a number of a size that there is none of",
        ),
        (
            &[LOAD, 0, 0, 1, 0, 4, 5, DONE],
            7,
            "bits outside of their number",
        ),
        (&[JUMP, 0, DONE], 0, "a jump to where none may go"),
        (&[JUMP, 2, DONE], 0, "a jump to where none may go"),
        (
            &[JUMP, 2, REPEAT, 0, 4, SKIP, 1, NEXT, DONE],
            0,
            "a jump to where none may go",
        ),
        (
            &[REPEAT, 0, 9, SKIP, 1, NEXT, DONE],
            6,
            "a loop that ends elsewhere",
        ),
        (&[NEXT, DONE], 1, "the end of a loop that never began"),
        (&[REPEAT, 0, 2, SKIP, 1, DONE], 6, "the end without DONE"),
    ] {
        let error = Program::new(words).expect_err("no program");
        assert_eq!((error.word, error.reason), (word, reason), "{words:?}");
    }
    let deep: Vec<i64> = [REPEAT, 0, 1].repeat(17);
    assert!(Program::new(&deep).is_err());
    assert!(Program::new(&vec![0; super::MOST_WORDS + 1]).is_err());
}

/// Words that are mostly instructions with operands that mostly are in range.
fn words() -> impl Strategy<Value = Vec<i64>> {
    let register = 0..4_i64;
    let size = prop_oneof![0..6_i64, Just(i32::MAX.into())];
    let one = prop_oneof![
        3 => (register.clone(), 0..9_i64, 0..4_u32, 0..8_i64, 0..8_i64, 0..9_i64)
            .prop_map(|(r, d, w, f, s, b)| vec![LOAD, r, d, 1 << w, f, s, b]),
        1 => (register.clone(), any::<i64>()).prop_map(|(r, v)| vec![2, r, v]),
        2 => (0..9_i64, register.clone(), register.clone(), register.clone())
            .prop_map(|(k, a, b, c)| vec![MATH, k, a, b, c]),
        3 => size.clone().prop_map(|n| vec![SKIP, n]),
        3 => (register.clone(), size.clone()).prop_map(|(r, n)| vec![SKIP_BY, r, n]),
        1 => (1..9_i64, 0..3_i64).prop_map(|(n, p)| vec![UNTIL, n, p]),
        1 => (register.clone(), -1..12_i64, vec((0..9_i64, 0..12_i64), 0..4)).prop_map(|(r, d, cases)| {
            let mut words = vec![SWITCH, r, cases.len() as i64, d];
            words.extend(cases.iter().flat_map(|&(value, target)| [value, target]));
            words
        }),
        1 => (0..12_i64).prop_map(|t| vec![JUMP, t]),
        1 => (register.clone(), 0..12_i64).prop_map(|(r, t)| vec![REPEAT, r, t]),
        1 => (size.clone(), 0..12_i64).prop_map(|(n, t)| vec![REPEAT_REST, n, t]),
        2 => Just(vec![NEXT]),
        1 => size.prop_map(|n| vec![REST, n]),
        1 => (register, 0..3_i64).prop_map(|(r, v)| vec![EXPECT, r, v]),
    ];
    vec(one, 0..12).prop_map(|ops| {
        let mut words = ops.concat();
        words.push(DONE);
        // Loops where they stand: each REPEAT ends at the NEXT that follows it.
        mend(&mut words);
        words
    })
}

/// Sets the exits of loops to what their ends ask for, as far as there are any.
fn mend(words: &mut [i64]) {
    let (mut at, mut place) = (0, 0);
    let mut open = Vec::new();
    while at < words.len() {
        let length = match words[at] {
            LOAD => 7,
            2 | SKIP_BY | UNTIL | REPEAT | REPEAT_REST | EXPECT => 3,
            MATH => 5,
            SKIP | JUMP | REST => 2,
            SWITCH => 4 + 2 * words[at + 2] as usize,
            _ => 1,
        };
        match words[at] {
            REPEAT | REPEAT_REST => open.push(at + 2),
            NEXT => {
                if let Some(exit) = open.pop() {
                    words[exit] = place + 1;
                }
            }
            _ => {}
        }
        at += length;
        place += 1;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn any_program_over_any_data(words in words(), data in vec(0..4_u8, 0..40), limit in 0..50_usize) {
        if let Ok(program) = Program::new(&words) {
            let mut offsets = [u64::MAX; 9];
            let run = program.scan(&data, 0, limit, &mut offsets);
            let found = &offsets[..run.count];
            prop_assert!(run.at <= data.len());
            prop_assert!(found.windows(2).all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= limit as u64));
            prop_assert!(found.iter().all(|&offset| (offset as usize) < run.at));
            prop_assert_eq!(run.stop == Stop::End, run.at == data.len());
            // Going on from where it stopped finds the same as going through at once.
            let mut one = [0];
            let mut at = 0;
            for &offset in found {
                prop_assert_eq!(at as u64, offset);
                at = program.scan(&data, at, limit, &mut one).at;
            }
            prop_assert_eq!(at, run.at);
        }
    }

    #[test]
    fn any_words(words in vec(any::<i64>(), 0..20)) {
        let _ = Program::new(&words);
    }
}
