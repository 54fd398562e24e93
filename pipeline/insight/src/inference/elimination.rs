//! Nodes of a chain taken out one by one, so that what leads through them leads past them.

/// How much leads from each node to each, row by row.
#[derive(Clone)]
pub(crate) struct Weights {
    size: usize,
    cells: Vec<f64>,
    is_gone: Vec<bool>,
}

impl Weights {
    /// Nothing leads anywhere yet.
    pub(crate) fn new(size: usize) -> Weights {
        Weights { size, cells: vec![0.0; size * size], is_gone: vec![false; size] }
    }

    /// Adds weight.
    pub(crate) fn add(&mut self, from: usize, to: usize, weight: f64) {
        self.cells[from * self.size + to] += weight;
    }

    /// Takes a node out: whoever comes to it goes on to where it leads, in proportion; what leads
    /// back to itself is passed over.
    ///
    /// The divisor is the sum of what leads on, never one less what leads back: that is the whole
    /// of Grassmann, Taksar and Heyman, and why no pivot has to be searched for.
    pub(crate) fn eliminate(&mut self, node: usize) {
        self.is_gone[node] = true;
        let leads_on: Vec<(usize, f64)> = (0..self.size)
            .filter(|to| !self.is_gone[*to])
            .map(|to| (to, self.cells[node * self.size + to]))
            .filter(|(_, weight)| *weight > 0.0)
            .collect();
        let all: f64 = leads_on.iter().map(|(_, weight)| weight).sum();
        // A node that leads nowhere is one that nothing leads to.
        for from in (0..self.size).filter(|_| all > 0.0) {
            let inward = self.cells[from * self.size + node] / all;
            if self.is_gone[from] || inward == 0.0 {
                continue;
            }
            for (to, weight) in &leads_on {
                self.cells[from * self.size + to] += inward * weight;
            }
        }
    }

    /// Which share of what leads on from a node leads to another.
    pub(crate) fn share(&self, from: usize, to: usize) -> f64 {
        let is_left = |at: &usize| !self.is_gone[*at] && *at != from;
        let all: f64 =
            (0..self.size).filter(is_left).map(|at| self.cells[from * self.size + at]).sum();
        if all > 0.0 { self.cells[from * self.size + to] / all } else { 0.0 }
    }
}
