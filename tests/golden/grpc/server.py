"""Try it: grpcurl -plaintext -d '"you"' localhost:8000 example.Greeter/Hello

Code that protoc generates from a .proto file adds its servicers to the server in the same place.
"""

import asyncio
import os
import signal

import grpc
from google.protobuf import wrappers_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection


async def hello(request: wrappers_pb2.StringValue, context: grpc.aio.ServicerContext) -> wrappers_pb2.StringValue:
    return wrappers_pb2.StringValue(value=f"Hello, {request.value or 'world'}")


GREETER = grpc.method_handlers_generic_handler(
    "example.Greeter",
    {
        "Hello": grpc.unary_unary_rpc_method_handler(
            hello,
            request_deserializer=wrappers_pb2.StringValue.FromString,
            response_serializer=wrappers_pb2.StringValue.SerializeToString,
        )
    },
)


async def main() -> None:
    server = grpc.aio.server()
    server.add_generic_rpc_handlers([GREETER])
    health_servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    reflection.enable_server_reflection(["example.Greeter", health.SERVICE_NAME, reflection.SERVICE_NAME], server)
    await health_servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    server.add_insecure_port(f"[::]:{os.environ.get('PORT', '8000')}")
    await server.start()

    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    await health_servicer.enter_graceful_shutdown()
    await server.stop(grace=8)


if __name__ == "__main__":
    asyncio.run(main())
