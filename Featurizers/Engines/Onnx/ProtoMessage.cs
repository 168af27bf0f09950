using Google.Protobuf;

namespace TransferKit.Engines.Onnx;

/// <summary>
/// A protobuf message as a list of numbered fields, written without generated classes (protobuf.dev/programming-guides/encoding).
/// Bytes are referred to, not copied, until the message is written.
/// </summary>
internal sealed class ProtoMessage
{
    private readonly List<(int Field, object Value)> _fields = [];

    public ProtoMessage Add(int field, long value) => Append(field, value);

    public ProtoMessage Add(int field, float value) => Append(field, value);

    public ProtoMessage Add(int field, string value) => Append(field, ByteString.CopyFromUtf8(value));

    public ProtoMessage Add(int field, ReadOnlyMemory<byte> value) => Append(field, UnsafeByteOperations.UnsafeWrap(value));

    public ProtoMessage Add(int field, ProtoMessage value) => Append(field, value);

    public ProtoMessage AddAll(int field, IEnumerable<ProtoMessage> values) => values.Aggregate(this, (m, v) => m.Add(field, v));

    public void WriteTo(Stream stream)
    {
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        WriteTo(output);
    }

    private ProtoMessage Append(int field, object value)
    {
        _fields.Add((field, value));
        return this;
    }

    private int Size() => checked(_fields.Sum(f => CodedOutputStream.ComputeTagSize(f.Field) + f.Value switch
    {
        long number => CodedOutputStream.ComputeInt64Size(number),
        float number => CodedOutputStream.ComputeFloatSize(number),
        ByteString bytes => CodedOutputStream.ComputeBytesSize(bytes),
        ProtoMessage message => Prefixed(message.Size()),
        _ => throw new InvalidOperationException($"A field cannot be {f.Value.GetType()}."),
    }));

    private static int Prefixed(int size) => checked(CodedOutputStream.ComputeLengthSize(size) + size);

    private void WriteTo(CodedOutputStream output)
    {
        foreach (var (field, value) in _fields)
            switch (value)
            {
                case long number:
                    output.WriteTag(field, WireFormat.WireType.Varint);
                    output.WriteInt64(number);
                    break;
                case float number:
                    output.WriteTag(field, WireFormat.WireType.Fixed32);
                    output.WriteFloat(number);
                    break;
                case ByteString bytes:
                    output.WriteTag(field, WireFormat.WireType.LengthDelimited);
                    output.WriteBytes(bytes);
                    break;
                case ProtoMessage message:
                    output.WriteTag(field, WireFormat.WireType.LengthDelimited);
                    output.WriteLength(message.Size());
                    message.WriteTo(output);
                    break;
                default:
                    throw new InvalidOperationException($"A field cannot be {value.GetType()}.");
            }
    }
}
