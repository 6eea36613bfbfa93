using System.Diagnostics;
using System.Numerics;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>
/// Completions on their way to the loop. Terminal ones always have room, for there is one an entry; multishot ones stop at
/// their bound and go on when the loop has collected. On the loop's thread.
/// </summary>
internal sealed class CompletionQueue
{
    private readonly Completion[] _slots;
    private readonly int _multishotLimit;
    private uint _head;
    private uint _tail;

    public CompletionQueue(int entryCount, int multishotLimit)
    {
        _multishotLimit = multishotLimit;
        _slots = new Completion[BitOperations.RoundUpToPowerOf2((uint)(entryCount + multishotLimit))];
    }

    public bool IsEmpty => _head == _tail;

    /// <summary>True when a completion that is not terminal may be added.</summary>
    public bool HasRoom => _tail - _head < _multishotLimit;

    public void Add(in Completion completion)
    {
        Debug.Assert(_tail - _head < _slots.Length, "more completions than entries");
        _slots[_tail++ & (uint)(_slots.Length - 1)] = completion;
    }

    /// <summary>Takes the oldest one.</summary>
    public bool TryTake(out Completion completion)
    {
        if (_head == _tail)
        {
            completion = default;
            return false;
        }

        completion = _slots[_head++ & (uint)(_slots.Length - 1)];
        return true;
    }
}
