//! Takes a kernel over the elements of a run: block by block, by several threads, in order where that matters.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use chunkarray_core::kernels::Window;

use crate::Error;
use crate::engine::{Code, Piece, SLACK, Source};
use crate::hist::Histograms;
use crate::kernel::{Answer, Run};
use crate::layout::{BLOCK, Layout};
use crate::memory;
use crate::memory::Buffer;
use crate::native::Bound;
use crate::output::Outputs;
use crate::program::Program;
use crate::sink::{Arrived, Part};

/// Elements that a thread works on before it looks for the next ones: whole blocks, a power of two of them, so that
/// their float sums are a whole tree.
pub const TASK: usize = 64 * BLOCK;
/// Memory for the results of so many tasks is taken at once where all elements come to the end: enough for large pages,
/// little enough to be asked in between whether to stop.
const ROOM: usize = 64;
/// Where fewer elements than this lie in a chunk, they are copied together first.
const SHORT: usize = 128;
/// Elements that the kernel gets at a time.
const PIECE: usize = 256;
/// How many bytes before it gets them the processor is asked to fetch them. Where much is computed for each element it
/// does not see the next ones by itself; six multiplications and additions of an F8 in memory took thrice the time.
const PREFETCH: usize = 1024;
/// Bytes of each input that are copied together at a time.
const STAGING: usize = 64 << 10;
/// How often the caller's thread polls.
const POLL: Duration = Duration::from_millis(50);
/// Tasks for each thread that may be done before the ones in front of them.
const AHEAD: usize = 4;

/// What a run works with.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub inputs: &'a [Window],
    pub parameters: &'a [u64],
    pub functions: &'a [Bound],
}

/// What all threads of a run share.
pub struct Job<'a> {
    pub program: &'a Program,
    pub layout: &'a Layout,
    pub code: &'a dyn Code,
    pub inputs: &'a [Window],
    pub count: usize,
    pub parameters: &'a [u64],
    pub functions: &'a [Bound],
    /// Whether columns are kept for a whole task.
    pub collects: bool,
    pub stop: Option<&'a AtomicBool>,
    pub progress: Option<&'a AtomicUsize>,
    /// Another thread has failed.
    failed: AtomicBool,
}

/// The elements of an input that lie in one chunk.
struct Stretch {
    first: usize,
    at: *const u8,
}

/// A thread's way through the inputs.
struct Walk<'a> {
    window: &'a Window,
    stretches: Vec<Stretch>,
    /// Which stretch the last element was in.
    current: usize,
    staging: Option<Buffer>,
}

/// What a thread works with.
struct Worker<'a> {
    job: &'a Job<'a>,
    walks: Vec<Walk<'a>>,
    sources: Vec<Source>,
    columns: Vec<Buffer>,
    targets: Vec<*mut u8>,
    scratch: Buffer,
    /// Values in the columns that are kept for the task.
    collected: usize,
    histograms: Histograms,
    poll: Option<(&'a dyn Fn(), Instant)>,
}

impl<'a> Job<'a> {
    pub fn new(
        program: &'a Program,
        layout: &'a Layout,
        code: &'a dyn Code,
        given: Given<'a>,
        run: &Run<'a>,
    ) -> Job<'a> {
        let Given {
            inputs,
            parameters,
            functions,
        } = given;
        Job {
            program,
            layout,
            code,
            inputs,
            count: inputs.first().map_or(0, Window::len),
            parameters,
            functions,
            collects: program.outputs() > 0,
            stop: run.stop,
            progress: run.progress,
            failed: AtomicBool::new(false),
        }
    }

    /// Memory for columns.
    fn columns(&self) -> Result<Vec<Buffer>, Error> {
        let count = if self.collects { TASK } else { BLOCK };
        let values = self.layout.columns().iter();
        values
            .map(|&value| Buffer::new(count * self.program.ty(value).size() + SLACK))
            .collect()
    }

    fn tasks(&self) -> usize {
        self.count.div_ceil(TASK)
    }

    fn task(&self, number: usize) -> Range<usize> {
        let start = number * TASK;
        start..(start + TASK).min(self.count)
    }

    fn part(&self) -> Result<Part, Error> {
        Part::new(self.program, self.layout, self.parameters)
    }

    /// Takes all elements through the kernel.
    pub fn run(&self, outputs: &Outputs<'_>, run: &Run<'_>) -> Result<Vec<Answer>, Error> {
        let threads = match self.program.is_sequential() {
            true => 1,
            false => run.threads.clamp(1, self.tasks().max(1)),
        };
        let (part, histograms) = if threads == 1 {
            self.alone(outputs, run)?
        } else {
            self.together(threads, outputs, run)?
        };
        part.answers(self.program, self.layout, histograms)
    }

    /// In order, on this thread.
    fn alone(&self, outputs: &Outputs<'_>, run: &Run<'_>) -> Result<(Part, Histograms), Error> {
        let mut part = self.part()?;
        let mut worker = Worker::new(self, run.poll)?;
        for task in 0..self.tasks() {
            worker.work(&mut part, self.task(task))?;
            self.append(outputs, task, &worker.columns, worker.collected)?;
            if part.ended() {
                break;
            }
        }
        Ok((part, worker.histograms))
    }

    /// Appends what the next task made.
    fn append(
        &self,
        outputs: &Outputs<'_>,
        task: usize,
        columns: &[Buffer],
        count: usize,
    ) -> Result<(), Error> {
        if task.is_multiple_of(ROOM) && self.program.keeps_all() {
            outputs.reserve((self.count - task * TASK).min(ROOM * TASK))?;
        }
        outputs.append(columns, count)
    }

    /// With other threads. Each takes the next task; this one puts together what they made, in order.
    fn together(
        &self,
        threads: usize,
        outputs: &Outputs<'_>,
        run: &Run<'_>,
    ) -> Result<(Part, Histograms), Error> {
        let shared = Shared {
            next: AtomicUsize::new(0),
            window: AHEAD * threads,
            state: Mutex::default(),
            merged: Condvar::new(),
            made: Condvar::new(),
        };
        let mut total = self.part()?;
        let mut worker = Worker::new(self, run.poll)?;
        thread::scope(|scope| {
            for _ in 1..threads {
                // Where the system refuses a thread, the others do its work.
                let _ = thread::Builder::new().spawn_scoped(scope, || {
                    if let Err(error) = self.help(&shared) {
                        self.failed.store(true, Ordering::Relaxed);
                        shared.lock().error.get_or_insert(error);
                        shared.made.notify_all();
                    }
                });
            }
            let led = self.lead(&shared, outputs, &mut worker, &mut total);
            if led.is_err() {
                self.failed.store(true, Ordering::Relaxed);
                // With the lock taken once, nobody is between looking and waiting.
                drop(shared.lock());
                shared.merged.notify_all();
            }
            led
        })?;
        let mut histograms = worker.histograms;
        for others in shared.lock().histograms.drain(..) {
            histograms.add(&others);
        }
        Ok((total, histograms))
    }

    /// The caller's thread: tasks, and what all made, in order.
    fn lead(
        &self,
        shared: &Shared,
        outputs: &Outputs<'_>,
        worker: &mut Worker<'_>,
        total: &mut Part,
    ) -> Result<(), Error> {
        let tasks = self.tasks();
        let mut merged = 0;
        while merged < tasks {
            let next = {
                let mut state = shared.lock();
                if let Some(error) = state.error.take() {
                    return Err(error);
                }
                state.done.remove(&merged)
            };
            if let Some(next) = next {
                total.append(self.program, self.layout, &next.part)?;
                self.append(outputs, merged, &next.columns, next.collected)?;
                merged += 1;
                let mut state = shared.lock();
                state.merged = merged;
                state.spare.push(next.columns);
                drop(state);
                shared.merged.notify_all();
                continue;
            }
            let task = shared.next.fetch_add(1, Ordering::Relaxed);
            if task < tasks {
                let done = worker.make(task, shared)?;
                shared.lock().done.insert(task, done);
                continue;
            }
            worker.poll();
            if self.is_stopped() {
                return Err(Error::Stopped);
            }
            let state = shared.lock();
            if state.error.is_none() && !state.done.contains_key(&merged) {
                let waited = shared.made.wait_timeout(state, POLL);
                drop(waited.unwrap_or_else(PoisonError::into_inner));
            }
        }
        Ok(())
    }

    /// Another thread: tasks.
    fn help(&self, shared: &Shared) -> Result<(), Error> {
        let mut worker = Worker::new(self, None)?;
        loop {
            let task = shared.next.fetch_add(1, Ordering::Relaxed);
            if task >= self.tasks() {
                break;
            }
            let mut state = shared.lock();
            while task >= state.merged + shared.window {
                if self.failed.load(Ordering::Relaxed) {
                    return Ok(());
                }
                let waited = shared.merged.wait(state);
                state = waited.unwrap_or_else(PoisonError::into_inner);
            }
            drop(state);
            let done = worker.make(task, shared)?;
            shared.lock().done.insert(task, done);
            shared.made.notify_all();
        }
        shared.lock().histograms.push(worker.histograms);
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}

/// What the threads of a run tell each other.
struct Shared {
    /// The next task.
    next: AtomicUsize,
    /// Tasks that may be begun before the ones in front of them are put together.
    window: usize,
    state: Mutex<State>,
    /// More was put together, or the run failed.
    merged: Condvar,
    /// More was made, or the run failed.
    made: Condvar,
}

#[derive(Default)]
struct State {
    /// Tasks that were put together: all in front of this one.
    merged: usize,
    done: BTreeMap<usize, Done>,
    /// Columns to be used again.
    spare: Vec<Vec<Buffer>>,
    histograms: Vec<Histograms>,
    error: Option<Error>,
}

/// What a task gave.
struct Done {
    part: Part,
    columns: Vec<Buffer>,
    collected: usize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Worker<'a> {
    fn new(job: &'a Job<'a>, poll: Option<&'a dyn Fn()>) -> Result<Worker<'a>, Error> {
        let mut walks = Vec::new();
        for window in job.inputs {
            walks.push(Walk::new(window));
        }
        Ok(Worker {
            job,
            walks,
            sources: Vec::new(),
            columns: job.columns()?,
            targets: Vec::new(),
            scratch: Buffer::new(job.code.scratch())?,
            collected: 0,
            histograms: Histograms::new(job.program, job.layout, job.parameters)?,
            poll: poll.map(|poll| (poll, Instant::now())),
        })
    }

    /// Works on a task of its own.
    fn make(&mut self, task: usize, shared: &Shared) -> Result<Done, Error> {
        let mut part = self.job.part()?;
        self.work(&mut part, self.job.task(task))?;
        let mut columns = Vec::new();
        if self.job.collects {
            let spare = shared.lock().spare.pop();
            columns = match spare {
                Some(spare) => spare,
                None => self.job.columns()?,
            };
            std::mem::swap(&mut columns, &mut self.columns);
        }
        Ok(Done {
            part,
            columns,
            collected: self.collected,
        })
    }

    /// Takes the elements of a task through the kernel: a segment.
    fn work(&mut self, part: &mut Part, elements: Range<usize>) -> Result<(), Error> {
        /// Steps of the program that are taken through a block between two looks at the clock, at most 16 blocks.
        const PATIENCE: usize = 256;
        let job = self.job;
        let patience = (PATIENCE / job.program.steps().len().max(1)).clamp(1, 16);
        self.collected = 0;
        let mut next = elements.start;
        while next < elements.end {
            if job.is_stopped() || job.failed.load(Ordering::Relaxed) {
                return Err(Error::Stopped);
            }
            let end = (next / BLOCK * BLOCK + BLOCK).min(elements.end);
            let begin = next;
            while next < end && !part.ended() {
                next += self.piece(part, next, end - next)?;
            }
            part.end_block(job.layout);
            if let Some(progress) = job.progress {
                progress.fetch_add(next - begin, Ordering::Relaxed);
            }
            if part.ended() {
                break;
            }
            if (next / BLOCK).is_multiple_of(patience) {
                self.poll();
            }
        }
        part.end_segment();
        Ok(())
    }

    /// Takes up to `count` elements from the `first`th on through the kernel: they lie in one block. Says how many it took.
    fn piece(&mut self, part: &mut Part, first: usize, count: usize) -> Result<usize, Error> {
        let job = self.job;
        let count = count.min(PIECE);
        let near = self.walks.iter_mut().map(|walk| walk.left(first)).min();
        let near = near.unwrap_or(count);
        self.sources.clear();
        let count = if near >= count.min(SHORT) {
            let at = |walk: &Walk<'_>| walk.source(first);
            self.sources.extend(self.walks.iter().map(at));
            count.min(near)
        } else {
            let sizes = self.walks.iter().map(|walk| walk.window.element_size());
            let most = sizes.map(|size| (STAGING / size).max(1)).min();
            let count = count.min(most.unwrap_or(count));
            for walk in &mut self.walks {
                let source = if walk.left(first) >= count {
                    walk.source(first)
                } else {
                    walk.copied(first, count)?
                };
                self.sources.push(source);
            }
            count
        };
        self.targets.clear();
        for (column, &value) in self.columns.iter_mut().zip(job.layout.columns()) {
            let size = job.program.ty(value).size();
            self.targets
                .push(column.at().wrapping_add(self.collected * size));
        }
        let before = part.came();
        for source in &self.sources {
            memory::prefetch(source.at, PREFETCH, source.stride, count);
        }
        let piece = Piece {
            sources: self.sources.as_ptr(),
            count,
            position: first,
            parameters: job.parameters.as_ptr(),
            functions: job.functions.as_ptr(),
            state: part.state.as_mut_ptr(),
            columns: self.targets.as_ptr(),
            scratch: self.scratch.at(),
        };
        // SAFETY: the windows keep their elements, whose size was checked against the fields that are read; functions
        // are what whoever gave them promised; columns
        // have room for a task's values where these are kept, else for a block's; state and scratch are as large as
        // the program wants them.
        unsafe { job.code.run(&piece) };
        let came = (part.came() - before) as usize;
        if came > 0 {
            let arrived = Arrived {
                columns: &self.targets,
                count: came,
            };
            part.arrive(job.program, job.layout, arrived)?;
            self.histograms.arrive(arrived);
            if job.collects {
                self.collected += came;
            }
        }
        Ok(count)
    }

    /// Polls, if it is time.
    fn poll(&mut self) {
        if let Some((poll, last)) = &mut self.poll
            && last.elapsed() >= POLL
        {
            poll();
            *last = Instant::now();
        }
    }
}

impl<'a> Walk<'a> {
    fn new(window: &'a Window) -> Walk<'a> {
        let stretches = window.pieces().map(|(first, at, _, _)| Stretch {
            first,
            at: at.as_ptr(),
        });
        Walk {
            window,
            stretches: stretches.collect(),
            current: 0,
            staging: None,
        }
    }

    /// How many elements from the `k`th on lie in its chunk. The window has it.
    fn left(&mut self, k: usize) -> usize {
        let end = |of: usize| {
            let next = self.stretches.get(of + 1);
            next.map_or(self.window.len(), |next| next.first)
        };
        let inside = |of: usize| {
            let stretch = self.stretches.get(of);
            stretch.is_some_and(|stretch| stretch.first <= k) && k < end(of)
        };
        if !inside(self.current) {
            self.current += 1;
            if !inside(self.current) {
                let behind = self.stretches.partition_point(|stretch| stretch.first <= k);
                self.current = behind.saturating_sub(1);
            }
        }
        end(self.current) - k
    }

    /// Where the `k`th element lies, after [`left`](Self::left) has found it.
    fn source(&self, k: usize) -> Source {
        let stretch = &self.stretches[self.current];
        let stride = self.window.stride();
        Source {
            at: stretch
                .at
                .wrapping_offset(stride.wrapping_mul((k - stretch.first) as isize)),
            stride,
        }
    }

    /// A copy of elements that lie in several chunks.
    fn copied(&mut self, k: usize, count: usize) -> Result<Source, Error> {
        let size = self.window.element_size();
        let staging = match &mut self.staging {
            Some(staging) => staging,
            empty => empty.insert(Buffer::new(
                size.saturating_mul(BLOCK).clamp(size, STAGING.max(size)),
            )?),
        };
        // SAFETY: there is room for them: they are a block's at most, and `STAGING` bytes at most, or one.
        unsafe { self.window.read_to(k, staging.at(), count) };
        Ok(Source {
            at: staging.at(),
            stride: size as isize,
        })
    }
}
