using Akka.Event;
using Akka.IO;
using FlexSc.Examples.HttpServer.Files;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.HttpServer.Service;

/// <content>Static files: the steps of a transfer and the response they become.</content>
internal sealed partial class HttpConnectionActor
{
    private FileTransfer? _transfer;
    private bool _transferAwaitsDrain;

    private void StartTransfer()
    {
        while (_engine.Status == EngineStatus.AwaitingFile && _transfer is null)
        {
            FileRequest request = _engine.PendingFile!;
            string name = request.FileName;
            if (_context.FileCache is { } cache && cache.TryGet(name, out CachedFile? cached))
            {
                FileResponseWriter.WriteCached(_output, request, cached, name);
                FinishFile();
                continue;
            }

            _transfer = new FileTransfer(_context.Files!, request, Self, _context.Options.FileChunkBytes, _context.Log);
            _transfer.Open();
        }
    }

    private void OnTransferStep(FileTransfer transfer)
    {
        if (!ReferenceEquals(transfer, _transfer))
        {
            return;
        }

        if (_closing)
        {
            transfer.ReturnChunk();
            return;
        }

        if (transfer.Failure is not null)
        {
            _context.Log.Warning(transfer.Failure, "sending {0} failed", transfer.OpenedName);
        }

        if (!transfer.HasExtent)
        {
            StartResponse(transfer);
        }
        else
        {
            ContinueResponse(transfer);
        }

        Settle();
    }

    private void StartResponse(FileTransfer transfer)
    {
        FileRequest request = transfer.Request;
        if (transfer.Failure is not null || transfer.Status is not (0 or 301))
        {
            int status = transfer.Failure is not null ? 500 : transfer.Status;
            _context.FileCache?.Forget(transfer.OpenedName);
            ResponseWriter.WriteStatus(_output, status, request.Mode, request.HeadOnly);
            EndTransfer();
            return;
        }

        if (transfer.IsBareDirectory)
        {
            FileResponseWriter.WriteRedirect(_output, request);
            EndTransfer();
            return;
        }

        FileMetadata file = transfer.File!.Metadata;
        if (_context.FileCache?.Confirm(transfer.OpenedName, file, transfer.StartedMs) is { } cached)
        {
            FileResponseWriter.WriteCached(_output, request, cached, transfer.OpenedName);
            EndTransfer();
            return;
        }

        FileAnswer answer = FileAnswer.For(request, file);
        FileResponseWriter.WriteHead(_output, request, file, answer, transfer.OpenedName);
        transfer.SetExtent(answer);
        AdvanceTransfer(transfer);
    }

    private void ContinueResponse(FileTransfer transfer)
    {
        // The length was promised in the head: a file that fails or shrinks can only be told by breaking off.
        if (transfer.Failure is not null || transfer.Chunk.IsEmpty)
        {
            _transfer = null;
            transfer.End();
            _closing = true;
            _connection.Tell(Tcp.Abort.Instance, Self);
            return;
        }

        ResponseWriter.Copy(_output, transfer.Chunk);
        if (_context.FileCache is { } cache && transfer.HasWholeFile)
        {
            cache.Add(transfer.OpenedName, transfer.File!.Metadata, transfer.Chunk, transfer.StartedMs);
        }

        transfer.ReturnChunk();
        AdvanceTransfer(transfer);
    }

    private void AdvanceTransfer(FileTransfer transfer)
    {
        if (transfer.LeftBytes == 0)
        {
            EndTransfer();
        }
        else if (_output.UnsentBytes > Limits.UnsentOutputBytes)
        {
            _transferAwaitsDrain = true;
        }
        else
        {
            transfer.ReadNext();
        }
    }

    private void EndTransfer()
    {
        FileTransfer transfer = _transfer!;
        _transfer = null;
        transfer.End();
        FinishFile();
    }

    private void FinishFile()
    {
        _engine.FinishPending(mayContinue: true);
        _engine.Resume(_output, OutputBudgetBytes);
    }
}
