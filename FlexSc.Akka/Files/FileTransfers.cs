using System.Buffers;
using Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.IO;

/// <summary>
/// The reads and writes of a handle: pieces, short counts, interruptions, the memory they use. On the loop's thread.
/// </summary>
internal sealed class FileTransfers(FileHandle handle, FileLoop shared, FileSettings settings)
{
    /// <summary>Begins a transfer.</summary>
    /// <returns>False when there is no entry for it, or too many bytes are under way: it is tried again.</returns>
    public bool TryStart(FileRequest request)
    {
        if (!TryTakePiece(request))
        {
            return false;
        }

        if (TrySubmit(request))
        {
            return true;
        }

        Free(request);
        return false;
    }

    public void OnCompleted(FileRequest request, long result)
    {
        if (result < 0)
        {
            OnFailed(request, result);
        }
        else if (request.IsWrite)
        {
            OnWritten(request, (int)result);
        }
        else
        {
            OnRead(request, (int)result);
        }
    }

    /// <summary>Gives the memory of a transfer back that is not under way.</summary>
    public void Free(FileRequest request)
    {
        bool isRented = request.IsRented;
        if (ReleasePiece(request) is { } array && isRented)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    private static long PositionOf(FileRequest request)
    {
        long position = request.Command switch
        {
            FlexFile.Read read => read.Position,
            FlexFile.Write write => write.Position,
            FlexFile.WriteMemory write => write.Position,
            _ => FlexFile.CurrentPosition,
        };
        return position == FlexFile.CurrentPosition ? FileTransferCalls.CurrentPosition : position + request.DoneBytes;
    }

    private void OnFailed(FileRequest request, long result)
    {
        if (result == -Errno.Interrupted && request.CancelledAs is null)
        {
            GoOn(request);
            return;
        }

        string call = request.IsWrite ? "write" : "read";
        bool taken = result is -Errno.Canceled or -Errno.Interrupted;
        Free(request);
        handle.Fail(
            request, taken ? request.CancelledAs ?? FileFailure.Closed : FileFailure.Refused,
            taken ? new OperationCanceledException($"the {call} of {handle.FilePath} was cancelled") : CallFailures.Of(result, call, handle.FilePath));
    }

    private void OnRead(FileRequest request, int bytes)
    {
        FlexFile.Read command = (FlexFile.Read)request.Command;
        request.DoneBytes += bytes;
        request.PieceDone += bytes;
        bool isStream = request.Order == FileOrder.ReadAtCurrent;
        if (bytes > 0 && !isStream && request.DoneBytes < request.TotalBytes)
        {
            GoOn(request);
            return;
        }

        int length = (int)request.DoneBytes;
        byte[] array = ReleasePiece(request)!;
        handle.Finish(request, command.Pooled
            ? new PooledContent(command, array, length)
            : new FlexFile.Content(command, ByteString.FromBytes(array, 0, length)));
    }

    private void OnWritten(FileRequest request, int bytes)
    {
        request.DoneBytes += bytes;
        request.PieceDone += bytes;
        if (request.DoneBytes == request.TotalBytes)
        {
            Free(request);
            handle.Finish(request, FileHandle.Acknowledgement(request.Command));
        }
        else if (request.CancelledAs is { } reason)
        {
            Free(request);
            handle.Fail(request, reason, new OperationCanceledException($"the write of {handle.FilePath} was cancelled after {request.DoneBytes} bytes"));
        }
        else
        {
            GoOn(request);
        }
    }

    /// <summary>Submits what is left, now or when there is an entry for it.</summary>
    private void GoOn(FileRequest request)
    {
        request.IsStalled = false;
        if (request.CancelledAs is { } reason)
        {
            Free(request);
            handle.Fail(request, reason, new OperationCanceledException($"{request.Command} of {handle.FilePath} was cancelled"));
            return;
        }

        if (request.PieceDone == request.PieceBytes && request.PieceBytes > 0)
        {
            Free(request);
        }

        if ((request.PieceBytes == 0 && !TryTakePiece(request)) || !TrySubmit(request))
        {
            request.IsStalled = true;
            shared.AwaitRoom(() => LookAgain(request));
        }
    }

    private void LookAgain(FileRequest request)
    {
        // It may be another command's by now: one that was cancelled while it waited.
        if (request.IsStalled && request.Handle == handle)
        {
            GoOn(request);
        }
    }

    private unsafe bool TrySubmit(FileRequest request)
    {
        int left = request.PieceBytes - request.PieceDone;
        long position = PositionOf(request);
        return request.IsWrite
            ? handle.ActorLoop.Loop.TryWrite(request, handle.Descriptor, request.Next, left, position)
            : handle.ActorLoop.Loop.TryRead(request, handle.Descriptor, request.Next, left, position);
    }

    private bool TryTakePiece(FileRequest request)
    {
        int bytes = (int)Math.Min(request.TotalBytes - request.DoneBytes, request.IsWrite ? settings.WritePieceBytes : settings.MaxReadBytes);
        if (!shared.TryTakeBytes(bytes, settings.MaxTransferBytesPerLoop))
        {
            return false;
        }

        switch (request.Command)
        {
            case FlexFile.Read { Pooled: true }:
                request.Take(ArrayPool<byte>.Shared.Rent(bytes), bytes, isRented: true);
                break;
            case FlexFile.Read:
                // The message has these bytes: they are read where they stay.
                request.Take(GC.AllocateUninitializedArray<byte>(bytes), bytes, isRented: false);
                break;
            case FlexFile.WriteMemory write:
                request.Borrow(write.Data.Slice((int)request.DoneBytes, bytes));
                break;
            case FlexFile.Write write:
                Copy(request, write.Data, bytes);
                break;
            case FlexFile.Append append:
                Copy(request, append.Data, bytes);
                break;
        }

        return true;
    }

    private static void Copy(FileRequest request, ByteString data, int bytes)
    {
        // A rope gives no access to its parts: what of it is in this piece is made one.
        ByteString piece = data.Slice((int)request.DoneBytes, bytes);
        byte[] array = ArrayPool<byte>.Shared.Rent(bytes);
        (piece.IsCompact ? piece : piece.Compact()).ToReadOnlySpan().CopyTo(array);
        request.Take(array, bytes, isRented: true);
    }

    private byte[]? ReleasePiece(FileRequest request)
    {
        shared.GiveBytes(request.PieceBytes);
        return request.Release();
    }
}
