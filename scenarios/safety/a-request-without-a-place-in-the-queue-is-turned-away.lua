-- What finds every thread of a server taken and its queue full is turned away, and comes back to the caller as a
-- failure at once: no caller waits for ever.
-- One thread of 200 ms a request and four places: of ten connections that SDKs open in one instant five are taken in.
-- The others try again (RemoteUtils: remote.executor.queue.size; ThreadPoolExecutor's default is to reject).
return scenario {
  topology = {
    nodes = 1,
    settings = {
      n1 = {
        ["distrosim.requestCost"] = ms(200), ["nacos.common.processors"] = 1,
        ["remote.executor.times.of.processors"] = 1, ["remote.executor.queue.size"] = 4,
      },
    },
  },
  always   = { checks.bounded_queue { queued = 4 } },
  must_see = { "message.refused", "client.connected" },

  story = function(w)
    local a = w:nodes()
    for _ = 1, 10 do w:client { server = a } end
    wait(ms(100))
    local sdk = a:state().threads.sdk
    expect(sdk.busy == 1 and sdk.queued == 4 and sdk.rejected >= 5, "more were taken in than there is room for")
    eventually(s(60), function() return a:state().clients == 10 end, "all are connected in the end")
  end,
}
