/// Lets tasks run on the thread of a `DescriptorExecutor`.
///
/// Code between two calls of its actors then needs no other thread: each change of threads costs more than a short
/// statement does. Such code must never wait for anything but `await`.
public final class DescriptorTaskExecutor: TaskExecutor {
    private let executor: DescriptorExecutor

    public init(_ executor: DescriptorExecutor) {
        self.executor = executor
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        self.executor.enqueue(UnownedJob(job), of: self)
    }
}
