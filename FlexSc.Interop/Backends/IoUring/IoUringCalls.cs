using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.IoUring;

/// <summary>The system calls of io_uring. Numbers are the same on every 64-bit architecture. Each answers a negative errno on failure.</summary>
internal static unsafe class IoUringCalls
{
    private const long NumberSetup = 425;
    private const long NumberEnter = 426;
    private const long NumberRegister = 427;

    public static int Setup(uint entries, ref IoUringParameters parameters)
    {
        fixed (IoUringParameters* pointer = &parameters)
        {
            return (int)RawSystemCall.Invoke(NumberSetup, entries, (long)pointer);
        }
    }

    public static int Enter(int ring, uint toSubmit, uint minimumComplete, uint flags, void* argument, nuint argumentBytes) =>
        (int)RawSystemCall.Invoke(NumberEnter, ring, toSubmit, minimumComplete, flags, (long)argument, (long)argumentBytes);

    public static int Register(int ring, uint operation, void* argument, uint count) =>
        (int)RawSystemCall.Invoke(NumberRegister, ring, operation, (long)argument, count);
}
