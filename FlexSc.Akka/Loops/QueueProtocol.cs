namespace FlexSc.Akka.Loops;

/// <summary>What those who enqueue and a mailbox agree on by; see <see cref="QueueProtocol{TItem,TMemory}"/>. One step each.</summary>
internal interface IQueueMemory<TItem>
{
    /// <summary>Whether somebody enqueues; the processor may read it early.</summary>
    bool IsMarked { get; }

    /// <summary>Whether an item is there that this thread can see.</summary>
    bool HasItems { get; }

    /// <summary>Sets the mark, unless another thread has; a full fence.</summary>
    bool TryMark();

    /// <summary>Waits until nobody enqueues.</summary>
    void AwaitUnmarked();

    /// <summary>Adds an item. Others may see it late, but no later than anything that this thread stores after it.</summary>
    void Add(in TItem item);

    /// <summary>Takes the mark away; others may see it late.</summary>
    void Unmark();
}

/// <summary>How a message comes into a mailbox' queue, and how the mailbox finds out that none did.</summary>
/// <remarks>
/// A mailbox goes idle and then asks whether there is a message; who enqueues does that and then asks whether the mailbox is idle, without
/// a fence before it: Akka.NET's dispatcher makes none when the mailbox looks busy. If both may answer no, the message waits for the next
/// one. The full fence on this side is the one that sets the mark. What follows it may still be on its way when the mailbox is found busy,
/// the mark cannot: so it is looked at, and first. Once it is down again, the item stored before that is to be seen.
/// </remarks>
/// <typeparam name="TItem">What is enqueued.</typeparam>
/// <typeparam name="TMemory">The memory's steps: those of the machine, or those of a test that tries every order.</typeparam>
internal static class QueueProtocol<TItem, TMemory>
    where TMemory : struct, IQueueMemory<TItem>
{
    /// <summary>Enqueues an item. From any thread.</summary>
    public static void Put(TMemory memory, in TItem item)
    {
        while (!memory.TryMark())
        {
            memory.AwaitUnmarked();
        }

        memory.Add(item);
        memory.Unmark();
    }

    /// <summary>Whether an item is there, or a thread is about to add one. From any thread.</summary>
    public static bool MayHaveItems(TMemory memory) => memory.IsMarked || memory.HasItems;
}
