namespace FlexSc.Interop.Page;

/// <summary>The thread that a page set and its buffers belong to, as seen by other threads. Both members are called from any thread.</summary>
internal interface IPageOwner
{
    /// <summary>True on the owner's own thread.</summary>
    bool IsCurrentThread { get; }

    /// <summary>Hands the owner a buffer that another thread gives back.</summary>
    void TakeBack(ushort bufferId);
}
