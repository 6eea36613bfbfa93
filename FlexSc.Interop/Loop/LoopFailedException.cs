namespace FlexSc.Interop.Loop;

/// <summary>
/// An error has ended the loop that a call was submitted to, so the call never completes. Memory that its arguments point to must stay
/// where it is for good: the kernel may still use it.
/// </summary>
/// <param name="loopName">Name of the loop.</param>
/// <param name="cause">The error.</param>
public sealed class LoopFailedException(string loopName, Exception cause)
    : InvalidOperationException($"the loop '{loopName}' was ended by an error: {cause?.Message}", cause);
