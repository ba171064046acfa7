//! Sums of blocks, added pairwise.

/// The sums of a run's blocks so far, added as a binary counter carries: whatever the number of threads, the same sums
/// are added to each other.
///
/// ```text
/// blocks 0 1 2 3 4 5 6:   ((0+1)+(2+3))  (4+5)  6     then, from the smallest: (6+(4+5)) + ((0+1)+(2+3))
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Sums of 2^level blocks each, the levels falling.
    nodes: Vec<(u32, f64)>,
}

impl Tree {
    /// Adds the sum of the next block.
    pub fn push(&mut self, block: f64) {
        self.carry(0, block);
    }

    /// Adds the blocks of another tree, which are those that follow, and begin at a multiple of what it holds.
    pub fn append(&mut self, other: &Tree) {
        for &(level, sum) in &other.nodes {
            self.carry(level, sum);
        }
    }

    fn carry(&mut self, mut level: u32, mut sum: f64) {
        while let Some((_, before)) = self.nodes.pop_if(|node| node.0 == level) {
            sum += before;
            level += 1;
        }
        self.nodes.push((level, sum));
    }

    /// The sum of all.
    pub fn sum(&self) -> f64 {
        let mut nodes = self.nodes.iter().rev().map(|node| node.1);
        let first = nodes.next().unwrap_or(-0.0);
        nodes.fold(first, |sum, node| node + sum)
    }
}

/// The sum of a block's lanes.
pub fn of_lanes(lanes: [f64; 8]) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_of_parts_are_the_tree_of_all() {
        let blocks: Vec<f64> = (0..1000).map(|k| 1.0 / f64::from(k + 3)).collect();
        let tree = |blocks: &[f64]| {
            let mut tree = Tree::default();
            blocks.iter().for_each(|&block| tree.push(block));
            tree
        };
        for end in [1, 63, 64, 65, 999, 1000] {
            let mut parts = Tree::default();
            blocks[..end]
                .chunks(64)
                .for_each(|part| parts.append(&tree(part)));
            assert_eq!(parts.sum().to_bits(), tree(&blocks[..end]).sum().to_bits());
        }
        assert_eq!(
            tree(&blocks[..3]).sum(),
            blocks[2] + (blocks[0] + blocks[1])
        );
        assert_eq!(Tree::default().sum().to_bits(), (-0.0_f64).to_bits());
    }
}
