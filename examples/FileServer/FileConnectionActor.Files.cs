using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Examples.HttpServer.Files;
using FlexSc.Examples.HttpServer.Protocol;
using FlexSc.Interop.Calls;

namespace FlexSc.Examples.FileServer;

/// <content>The file that is being sent: opened, looked at, read piece by piece as the peer takes it, closed.</content>
internal sealed partial class FileConnectionActor
{
    // A pipe or a terminal below the root must not hold up anybody.
    private const OpenFlags Flags = OpenFlags.ReadOnly | OpenFlags.NonBlocking | OpenFlags.NoControllingTerminal;

    private FileOnItsWay? _file;

    private void OpenFile()
    {
        if (_engine.Status != EngineStatus.AwaitingFile || _file is not null || _isClosing)
        {
            return;
        }

        FileRequest request = _engine.PendingFile!;
        _file = new FileOnItsWay(request);
        string name = request.FileName;
        _context.Files.Tell(new FlexFile.Open(name, Flags, _file) { Beneath = _context.Options.Root });
    }

    private void OnFileAnswer(FlexFile.Event answer)
    {
        switch (answer)
        {
            case FlexFile.Opened opened when opened.Command.Ack == _file:
                _file!.Handle = opened.Handle;
                opened.Handle.Tell(new FlexFile.Stat(_file));
                break;
            case FlexFile.Status status when status.Command.Ack == _file:
                Begin(_file!, status.File);
                break;
            case FlexFile.Content content when content.Command.Ack == _file:
                Continue(_file!, content.Data);
                break;
            case FlexFile.CommandFailed failed when failed.Command.Ack == _file && _file is not null:
                Fail(_file, failed);
                break;
            default:
                // The end of a file that has been sent.
                break;
        }
    }

    private void Begin(FileOnItsWay file, in FileStatus status)
    {
        FileRequest request = file.Request;
        FileMetadata metadata = FileMetadata.Of(status);
        if (metadata.IsDirectory && !request.NamesDirectory)
        {
            FileResponseWriter.WriteRedirect(_output, request);
            End();
        }
        else if (!metadata.IsRegularFile)
        {
            Refuse(request, 404);
        }
        else
        {
            FileAnswer answer = FileAnswer.For(request, metadata);
            FileResponseWriter.WriteHead(_output, request, metadata, answer, request.FileName);
            file.Position = answer.OffsetBytes;
            file.LeftBytes = request.HeadOnly ? 0 : answer.LengthBytes;
            file.HasBegun = true;
            if (file.LeftBytes == 0)
            {
                End();
            }
        }
    }

    private void ReadFile()
    {
        if (_file is { HasBegun: true, IsReading: false } file && OutputBudgetBytes > 0)
        {
            file.IsReading = true;
            file.Handle!.Tell(new FlexFile.Read(file.Position, (int)Math.Min(file.LeftBytes, _context.Options.ChunkBytes), Ack: file));
        }
    }

    private void Continue(FileOnItsWay file, ByteString data)
    {
        if (data.IsEmpty)
        {
            BreakOff($"{file.Request.FileName} has become shorter while it was sent");
            return;
        }

        file.IsReading = false;
        file.Position += data.Count;
        file.LeftBytes -= data.Count;
        Send(data);
        if (file.LeftBytes == 0)
        {
            End();
        }
    }

    private void Fail(FileOnItsWay file, FlexFile.CommandFailed failed)
    {
        int status = failed.Reason switch
        {
            FileFailure.Refused => LinuxFiles.StatusOf(failed.ErrorNumber),
            FileFailure.Busy => LinuxFiles.StatusWithoutDescriptor,
            _ => 500,
        };
        if (file.HasBegun)
        {
            BreakOff(failed.Cause.Message);
            return;
        }

        if (status >= 500)
        {
            _log.Warning("{0} is answered by {1}: {2}", file.Request.FileName, status, failed.Cause.Message);
        }

        Refuse(file.Request, status);
    }

    private void Refuse(FileRequest request, int status)
    {
        ResponseWriter.WriteStatus(_output, status, request.Mode, request.HeadOnly);
        End();
    }

    // The length was promised in the head: that it cannot be kept can only be told by a reset.
    private void BreakOff(string reason)
    {
        _log.Warning("an answer is broken off: {0}", reason);
        _file = null;
        _isClosing = true;
        _connection.Tell(Tcp.Abort.Instance);
    }

    private void End()
    {
        _file!.Handle?.Tell(new FlexFile.Close());
        _file = null;
        _engine.FinishPending(mayContinue: true);
        _engine.Resume(_output, OutputBudgetBytes);
    }

    /// <summary>A file that is asked for. It is what the commands for it are known by.</summary>
    private sealed class FileOnItsWay(FileRequest request)
    {
        public FileRequest Request => request;

        public IActorRef? Handle { get; set; }

        /// <summary>Whether the head was written, and with it how much of the file follows.</summary>
        public bool HasBegun { get; set; }

        public bool IsReading { get; set; }

        public long Position { get; set; }

        public long LeftBytes { get; set; }
    }
}
