-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    while true do
      pcall(function()
        local all = {}
        while true do all[#all + 1] = ("x"):rep(100000) .. #all end
      end)
    end
  end,
}
