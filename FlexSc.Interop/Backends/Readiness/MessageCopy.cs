using System.Runtime.InteropServices;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>
/// A message that is to be moved in full and was moved in part: a header of our own whose vectors begin where the next attempt
/// goes on. The caller's header and vectors stay as they are. Only a message that meets a full or empty socket needs one.
/// </summary>
internal unsafe struct MessageCopy
{
    public MessageHeader Header;
    private MessageHeader* _original;
    private ulong _remainingBytes;

    /// <summary>Bytes of a message.</summary>
    public static ulong LengthOf(MessageHeader* header)
    {
        ulong bytes = 0;
        for (ulong i = 0; i < header->VectorCount; i++)
        {
            bytes += header->Vectors[i].Length;
        }

        return bytes;
    }

    public static MessageCopy* Create(MessageHeader* original)
    {
        // Header and vectors in one block.
        nuint vectorBytes = (nuint)original->VectorCount * (nuint)sizeof(IoVector);
        MessageCopy* copy = (MessageCopy*)NativeMemory.Alloc((nuint)sizeof(MessageCopy) + vectorBytes);
        IoVector* vectors = (IoVector*)(copy + 1);
        new ReadOnlySpan<IoVector>(original->Vectors, (int)original->VectorCount).CopyTo(new Span<IoVector>(vectors, (int)original->VectorCount));
        copy->Header = *original;
        copy->Header.Vectors = vectors;
        copy->_original = original;
        copy->_remainingBytes = LengthOf(original);
        return copy;
    }

    /// <summary>A header of our own for messages that are received into provided buffers; the caller's one tells the sizes.</summary>
    public static MessageCopy* CreateForBuffers(MessageHeader* original)
    {
        MessageCopy* copy = (MessageCopy*)NativeMemory.AllocZeroed((nuint)sizeof(MessageCopy) + (nuint)sizeof(IoVector));
        copy->_original = original;
        copy->Header.Vectors = (IoVector*)(copy + 1);
        copy->Header.VectorCount = 1;
        return copy;
    }

    /// <summary>
    /// Has the next attempt fill a provided buffer as io_uring's multishot receive does: <see cref="BufferedMessage"/>, then room for
    /// the name, for the ancillary data, and the message.
    /// </summary>
    /// <returns>False when the buffer is too small for that.</returns>
    public static bool AimAt(MessageCopy* copy, byte* buffer, int bufferBytes)
    {
        ref MessageHeader header = ref copy->Header;
        ulong headBytes = HeadBytesOf(copy);
        if (headBytes > (ulong)bufferBytes)
        {
            return false;
        }

        header.NameLength = copy->_original->NameLength;
        header.Name = buffer + sizeof(BufferedMessage);
        header.ControlLength = copy->_original->ControlLength;
        header.Control = header.ControlLength == 0 ? null : (byte*)header.Name + header.NameLength;
        header.Vectors->Base = (ulong)buffer + headBytes;
        header.Vectors->Length = (ulong)bufferBytes - headBytes;
        return true;
    }

    /// <summary>Writes what the buffer begins with, after an attempt that received so many bytes.</summary>
    /// <returns>The result of a multishot receive: bytes of the buffer that are in use.</returns>
    public static long WriteHead(MessageCopy* copy, byte* buffer, long receivedBytes)
    {
        ref MessageHeader header = ref copy->Header;
        *(BufferedMessage*)buffer = new BufferedMessage
        {
            NameLength = header.NameLength,
            ControlLength = (uint)header.ControlLength,
            PayloadLength = (uint)receivedBytes,
            Flags = (uint)header.Flags,
        };
        return (long)HeadBytesOf(copy) + Math.Min(receivedBytes, (long)header.Vectors->Length);
    }

    private static ulong HeadBytesOf(MessageCopy* copy) =>
        (ulong)sizeof(BufferedMessage) + copy->_original->NameLength + copy->_original->ControlLength;

    /// <summary>Moves the beginning on. True when nothing is left.</summary>
    public static bool Advance(MessageCopy* copy, ulong bytes)
    {
        copy->_remainingBytes -= bytes;
        ref MessageHeader header = ref copy->Header;

        // Ancillary data goes with the first byte only.
        header.Control = null;
        header.ControlLength = 0;
        while (bytes > 0)
        {
            ulong part = Math.Min(bytes, header.Vectors->Length);
            header.Vectors->Base += part;
            header.Vectors->Length -= part;
            bytes -= part;
            if (header.Vectors->Length == 0)
            {
                header.Vectors++;
                header.VectorCount--;
            }
        }

        return copy->_remainingBytes == 0;
    }

    /// <summary>Hands the flags of the last attempt to the caller's header and frees the copy.</summary>
    public static void Free(MessageCopy* copy)
    {
        copy->_original->Flags = copy->Header.Flags;
        NativeMemory.Free(copy);
    }
}
