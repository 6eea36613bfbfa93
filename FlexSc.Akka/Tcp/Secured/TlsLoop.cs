using System.Runtime.CompilerServices;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <summary>What the TLS connections of one loop share: memory for the calls of the moment, and turns at handshakes. On the loop's thread.</summary>
internal sealed unsafe class TlsLoop : ILoopResident
{
    private readonly Queue<TlsHandshake> _waiting = new();
    private readonly byte[] _scratch = GC.AllocateUninitializedArray<byte>(ScratchBytes, pinned: true);
    private int _running;

    /// <summary>Bytes of <see cref="Scratch"/>: more than a record carries, so that a read that fills it has not taken all.</summary>
    public const int ScratchBytes = TlsRecords.MostPlainBytes + 512;

    /// <summary>For what is read of a record that did not come in one receive buffer; valid until the next one.</summary>
    public byte* Scratch => (byte*)Unsafe.AsPointer(ref _scratch[0]);

    /// <summary>Handshakes that wait for their turn.</summary>
    public int WaitingHandshakes => _waiting.Count;

    /// <summary>What is being encrypted.</summary>
    public NativeWindow WriteWindow { get; } = new();

    /// <summary>Has a handshake begin, now or when others are over.</summary>
    /// <param name="handshake">The handshake.</param>
    /// <param name="most">Most that are under way.</param>
    public void Enter(TlsHandshake handshake, int most)
    {
        if (_running < most)
        {
            _running++;
            handshake.OnTurn();
        }
        else
        {
            _waiting.Enqueue(handshake);
        }
    }

    /// <summary>A handshake that had its turn is over.</summary>
    public void Leave()
    {
        _running--;
        while (_waiting.TryDequeue(out TlsHandshake? next))
        {
            // One that took too long has left the line without a word.
            if (!next.IsOver)
            {
                _running++;
                next.OnTurn();
                return;
            }
        }
    }

    public void OnStopping()
    {
    }

    public void OnEnded()
    {
    }
}

/// <summary>TLS' part of a loop, by name.</summary>
internal static class TlsLoopExtensions
{
    extension(LoopIo io)
    {
        /// <summary>What the TLS connections of the loop share. On the loop's thread.</summary>
        public TlsLoop Tls => io.Get(static _ => new TlsLoop());
    }
}
