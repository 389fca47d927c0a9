package index

var scriptMakers = []maker{}
